/* SPDX-License-Identifier: MIT
 * What becomes of one sector, and in which order, within the room. */
#ifndef PLAN_FATE_H
#define PLAN_FATE_H

#include "plan/plan.h"

/* What is to be done with one sector. */
enum fate { FATE_SKIP, FATE_ERASE_ONLY, FATE_WRITE, FATE_ERASE_AND_WRITE };

/* Decides; *reason tells why. */
enum fate fate_find(const struct plan_sector *sector, const struct plan_sector_content *content,
                    enum dfk_reason *reason);

/* Tells whether a sector has to be erased. */
bool fate_erases(const struct plan_sector *sector, const struct plan_sector_content *content);

/* Tells whether the second bank is written before the first: the one that has fewer sectors to
 * erase is ready sooner, and the other one erases meanwhile. */
bool fate_second_first(const struct plan_input *input, const struct plan_survey *survey,
                       const struct plan_sector_content *content);

/* Tells whether the erase of a sector is over before another bank is: it costs no time. */
bool fate_is_hidden(const struct plan_input *input, bool second_first, uint32_t addr);

#endif
