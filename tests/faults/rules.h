/* SPDX-License-Identifier: MIT
 * Which ends of a verb fit which mishap. */
#ifndef TESTS_FAULTS_RULES_H
#define TESTS_FAULTS_RULES_H

#include "tests/faults/lab.h"

/* Tells whether an error fits what happened: its code, and that message and hint say what a person
 * has to know.
 *
 * why       set to what is missing, when it does not */
bool rules_fit(const struct lab_case *one, const struct dfk_error *err, const char **why);

#endif
