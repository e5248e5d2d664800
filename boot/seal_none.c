/* SPDX-License-Identifier: MIT
 * Boards that ask for no seal: everything passes. */
#include "boot/seal.h"

void seal_check_now(struct boot *boot)
{
    (void)boot;
}

bool seal_allows(const struct boot *boot)
{
    (void)boot;
    return true;
}

bool seal_passes(struct boot *boot)
{
    (void)boot;
    return true;
}

const uint8_t *seal_record(const struct boot *boot, uint32_t *addr)
{
    (void)boot;
    (void)addr;
    return 0;
}

void seal_forget(struct boot *boot, uint32_t addr)
{
    (void)boot;
    (void)addr;
}

void seal_cancel(struct boot *boot)
{
    (void)boot;
}

uint32_t seal_remaining_ms(const struct boot *boot)
{
    (void)boot;
    return 0;
}

const char *seal_text(const struct boot *boot, uint8_t index)
{
    (void)boot;
    (void)index;
    return 0;
}

uint32_t seal_put_info(const struct boot *boot, uint8_t *to)
{
    (void)boot;
    (void)to;
    return 0;
}
