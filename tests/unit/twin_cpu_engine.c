/* SPDX-License-Identifier: MIT
 * What the core's engine is known to do in its own way: a newer one that does otherwise fails here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twin/cpu/cpu.h"

enum { FLASH = 0x08000000, RAM = 0x20000000, DEVICE = 0x40000000, BYTES = 0x10000, CODE = 0x100 };

struct bed {
    struct cpu *cpu;
    uint8_t *flash, *ram;
    uint32_t reads, writes, last;
    bool attend;
    bool refuse;
};

static bool bed_read(void *self, uint32_t addr, uint32_t width, uint32_t *value)
{
    struct bed *bed = self;
    (void)width;
    *value = addr + ++bed->reads;
    if (bed->attend) {
        cpu_attend(bed->cpu);
    }
    return !bed->refuse;
}

static bool bed_write(void *self, uint32_t addr, uint32_t width, uint32_t value)
{
    struct bed *bed = self;
    (void)addr;
    (void)width;
    bed->writes++;
    bed->last = value;
    if (bed->attend) {
        cpu_attend(bed->cpu);
    }
    return !bed->refuse;
}

static bool bed_guard(void *self, uint32_t addr, uint32_t width)
{
    struct bed *bed = self;
    (void)addr;
    (void)width;
    bed->reads++;
    return !bed->refuse;
}

/* Code lies at FLASH + CODE, and runs from there. */
static void put(struct bed *bed, const uint16_t *code, size_t bytes)
{
    memcpy(bed->flash + CODE, code, bytes);
    cpu_code_changed(bed->cpu, FLASH, BYTES);
    cpu_set(bed->cpu, CPU_PC, FLASH + CODE);
}

#define PUT(bed, ...)                                                                              \
    do {                                                                                           \
        const uint16_t code[] = {__VA_ARGS__};                                                     \
        put(bed, code, sizeof code);                                                               \
    } while (0)

static void open_bed(struct bed *bed, enum cpu_model model)
{
    const uint32_t vectors[] = {RAM + BYTES, FLASH + CODE + 1};
    memset(bed, 0, sizeof *bed);
    const struct cpu_bus bus = {bed, bed_read, bed_write, bed_guard};
    bed->flash = aligned_alloc(4096, BYTES);
    bed->ram = aligned_alloc(4096, BYTES);
    memset(bed->flash, 0, BYTES);
    memset(bed->ram, 0, BYTES);
    memcpy(bed->flash, vectors, sizeof vectors);
    bed->cpu = cpu_open(model, &bus);
    assert_non_null(bed->cpu);
    assert_true(cpu_map_memory(bed->cpu, FLASH, BYTES, bed->flash, false));
    assert_true(cpu_map_memory(bed->cpu, RAM, BYTES, bed->ram, true));
    assert_true(cpu_map_io(bed->cpu, DEVICE, BYTES));
    assert_int_equal(cpu_reset(bed->cpu, FLASH), CPU_OK);
    bed->reads = 0;
}

static void close_bed(struct bed *bed)
{
    cpu_close(bed->cpu);
    free(bed->flash);
    free(bed->ram);
}

/* The model is the one asked for. An M4 has no double precision, an M7 has. */
static void models_differ(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M4);
    PUT(&bed, 0xEE30, 0x0B01, 0xBF30); /* vadd.f64 d0, d0, d1 */
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_NO_FPU);
    cpu_set_fpu(bed.cpu, true);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_UNDEFINED);
    close_bed(&bed);
    open_bed(&bed, CPU_M7);
    cpu_set_fpu(bed.cpu, true);
    PUT(&bed, 0xEE30, 0x0B01, 0xBF30);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFI);
    close_bed(&bed);
}

/* PC of a bad access is its own, not that of its block, and no register has changed. */
static void bad_access_is_precise(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M4);
    const uint32_t addresses[] = {0x70000000, DEVICE};
    bed.refuse = true;
    for (size_t i = 0; i < 2; i++) {
        PUT(&bed, 0x2001, 0x2002, 0x680A, 0x2003); /* movs r0; movs r0; ldr r2, [r1]; movs r0 */
        cpu_set(bed.cpu, 1, addresses[i]);
        cpu_set(bed.cpu, 2, 77);
        assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_BAD_DATA);
        assert_int_equal(cpu_get(bed.cpu, CPU_PC), FLASH + CODE + 4);
        assert_int_equal(cpu_bad_addr(bed.cpu), addresses[i]);
        assert_int_equal(cpu_get(bed.cpu, 0), 2);
        assert_int_equal(cpu_get(bed.cpu, 2), 77);
    }
    close_bed(&bed);
}

static void guarded_flash_asks_each_time(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M7);
    cpu_guard(bed.cpu, FLASH + 0x1000, 0x1000, true);
    PUT(&bed, 0x680A, 0x680A, 0x680A, 0xBF30);
    cpu_set(bed.cpu, 1, FLASH + 0x1010);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFI);
    assert_int_equal(bed.reads, 3);
    cpu_guard(bed.cpu, FLASH + 0x1000, 0x1000, false);
    cpu_set(bed.cpu, CPU_PC, FLASH + CODE);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFI);
    assert_int_equal(bed.reads, 3);
    close_bed(&bed);
}

/* After a change of mode the flags are right, and a return is seen as one. */
static void returns_are_seen_in_handler_mode(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M7);
    const uint32_t vector = FLASH + CODE + 1;
    memcpy(bed.flash + 4 * 20, &vector, sizeof vector);
    for (uint32_t flags = 0; flags < 16; flags++) {
        PUT(&bed, 0x4770); /* bx lr */
        cpu_set(bed.cpu, CPU_XPSR, flags << 28 | 1 << 24);
        cpu_set(bed.cpu, 3, flags);
        cpu_set(bed.cpu, CPU_PC, RAM + 0x80);
        const struct cpu_entry entry = {20, FLASH, true};
        assert_int_equal(cpu_enter(bed.cpu, &entry), CPU_OK);
        assert_int_equal(cpu_ipsr(bed.cpu), 20);
        cpu_set(bed.cpu, 3, 99);
        assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_RETURN);
        assert_int_equal(cpu_leave(bed.cpu), CPU_OK);
        assert_int_equal(cpu_ipsr(bed.cpu), 0);
        assert_int_equal(cpu_get(bed.cpu, CPU_XPSR), flags << 28 | 1 << 24);
        assert_int_equal(cpu_get(bed.cpu, 3), flags);
        assert_int_equal(cpu_get(bed.cpu, CPU_PC), RAM + 0x80);
    }
    close_bed(&bed);
}

/* A stop that a device asks for is after its access, which happens once. */
static void stops_do_not_repeat_accesses(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M4);
    /* str r0, [r1]; ldr r2, [r1]; adds r0, #1; b back */
    PUT(&bed, 0x6008, 0x680A, 0x3001, 0xE7FB);
    cpu_set(bed.cpu, 0, 0);
    cpu_set(bed.cpu, 1, DEVICE);
    bed.attend = true;
    for (uint32_t i = 1; i <= 100; i++) {
        while (bed.reads < i) {
            assert_int_equal(cpu_run(bed.cpu, 1000, false), CPU_BUDGET);
        }
        assert_int_equal(bed.writes, i);
        assert_int_equal(bed.last, i - 1);
        assert_int_equal(cpu_get(bed.cpu, CPU_PC), FLASH + CODE + 4);
        assert_int_equal(cpu_get(bed.cpu, 2), DEVICE + i);
    }
    assert_int_equal(cpu_count(bed.cpu), 398);
    close_bed(&bed);
}

/* Stopped anywhere, also in the middle of IT blocks, code does what it does in one go. */
static void single_steps_equal_one_run(void **state)
{
    (void)state;
    /* loop: adds r0, #1; lsls r2, r0, #30; ittee eq; addeq r3, #1; addeq r4, r3; addne r4, #3;
     * eorne r3, r0; cmp r0, #200; ite ne; movne r5, #1; moveq r5, #2; bne loop; wfi */
    const uint16_t loop[] = {0x3001, 0x0782, 0xBF07, 0x3301, 0x441C, 0x3403, 0x4043,
                             0x28C8, 0xBF14, 0x2501, 0x2502, 0xD1F3, 0xBF30};
    uint32_t results[2][6];
    uint64_t counts[2];
    for (uint32_t i = 0; i < 2; i++) {
        struct bed bed;
        open_bed(&bed, CPU_M4);
        put(&bed, loop, sizeof loop);
        while (cpu_run(bed.cpu, i == 0 ? 100000 : 1, false) != CPU_WFI) {
        }
        for (uint32_t k = 0; k < 6; k++) {
            results[i][k] = cpu_get(bed.cpu, k);
        }
        counts[i] = cpu_count(bed.cpu);
        close_bed(&bed);
    }
    assert_memory_equal(results[0], results[1], sizeof results[0]);
    assert_int_equal(results[0][0], 200);
    assert_int_equal(results[0][5], 2);
    assert_true(counts[0] == counts[1]);
}

/* A budget of one instruction advances. */
static void budget_is_exact(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M4);
    PUT(&bed, 0x3001, 0xE7FD); /* adds r0, #1; b back */
    for (uint32_t i = 0; i < 50; i++) {
        uint64_t before = cpu_count(bed.cpu);
        assert_int_equal(cpu_run(bed.cpu, 1 + i % 7, false), CPU_BUDGET);
        assert_true(cpu_count(bed.cpu) == before + 1 + i % 7);
    }
    close_bed(&bed);
}

/* Code that was changed from outside runs as it is now. */
static void changed_code_is_noticed(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M4);
    for (uint16_t i = 0; i < 20; i++) {
        PUT(&bed, (uint16_t)(0x2000 + i), 0xBF30);
        assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFI);
        assert_int_equal(cpu_get(bed.cpu, 0), i);
    }
    close_bed(&bed);
}

/* A store to flash reaches the bus, and only the bus. */
static void stores_to_flash_go_to_the_bus(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M4);
    /* str r0, [r1]; ldr r2, [r1]; stm r1!, {r0, r2, r3}; str r0, [r1] */
    PUT(&bed, 0x6008, 0x680A, 0xC10D, 0x6008, 0xBF30);
    cpu_set(bed.cpu, 0, 55);
    cpu_set(bed.cpu, 1, FLASH + 0x800);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFI);
    assert_int_equal(bed.last, 55);
    assert_int_equal(bed.writes, 5);
    assert_int_equal(cpu_get(bed.cpu, 1), FLASH + 0x80C);
    assert_int_equal(cpu_get(bed.cpu, 2), 0);
    for (uint32_t i = 0; i < 32; i++) {
        assert_int_equal(bed.flash[0x800 + i], 0);
    }
    close_bed(&bed);
}

/* WFI, WFE and YIELD, narrow and wide. */
static void hints(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M4);
    PUT(&bed, 0xBF40, 0xBF30, 0xBF20, 0xBF10, 0x2007, 0xBF30);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFI);
    assert_int_equal(cpu_get(bed.cpu, CPU_PC), FLASH + CODE + 4);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFE);
    assert_int_equal(cpu_get(bed.cpu, CPU_PC), FLASH + CODE + 6);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_BUDGET);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFI);
    assert_int_equal(cpu_get(bed.cpu, 0), 7);
    PUT(&bed, 0xF3AF, 0x8003, 0xF3AF, 0x8002, 0xF3AF, 0x8001, 0xBF30);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFI);
    assert_int_equal(cpu_run(bed.cpu, 10, false), CPU_WFE);
    close_bed(&bed);
}

/* CPSIE gives no sign of itself; a watched run ends behind it, and runs on behind CPSID. */
static void watched_run_ends_after_cpsie(void **state)
{
    (void)state;
    struct bed bed;
    open_bed(&bed, CPU_M4);
    PUT(&bed, 0xB672, 0x2001, 0xB662, 0x2002, 0xBF30); /* cpsid i; movs; cpsie i; movs */
    assert_int_equal(cpu_run(bed.cpu, 2, true), CPU_BUDGET);
    assert_int_equal(cpu_masks(bed.cpu).primask, 1);
    assert_int_equal(cpu_get(bed.cpu, 0), 1);
    assert_int_equal(cpu_run(bed.cpu, 10, true), CPU_BUDGET);
    assert_int_equal(cpu_masks(bed.cpu).primask, 0);
    assert_int_equal(cpu_get(bed.cpu, 0), 1);
    close_bed(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_differ),
        cmocka_unit_test(bad_access_is_precise),
        cmocka_unit_test(guarded_flash_asks_each_time),
        cmocka_unit_test(returns_are_seen_in_handler_mode),
        cmocka_unit_test(stops_do_not_repeat_accesses),
        cmocka_unit_test(single_steps_equal_one_run),
        cmocka_unit_test(budget_is_exact),
        cmocka_unit_test(changed_code_is_noticed),
        cmocka_unit_test(stores_to_flash_go_to_the_bus),
        cmocka_unit_test(hints),
        cmocka_unit_test(watched_run_ends_after_cpsie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
