/* SPDX-License-Identifier: MIT
 * The engine behind the core: its memory, and what it asks in the middle of code. */
#include <stdlib.h>
#include <string.h>

#include "twin/cpu/inside.h"

const struct cpu_region *cpu_find_region(struct cpu *cpu, uint32_t addr)
{
    const struct cpu_region *region = &cpu->regions[cpu->region_last];
    if (addr - region->base < region->bytes) {
        return region;
    }
    for (uint32_t i = 0; i < cpu->region_count; i++) {
        if (addr - cpu->regions[i].base < cpu->regions[i].bytes) {
            cpu->region_last = i;
            return &cpu->regions[i];
        }
    }
    return NULL;
}

void cpu_undo_stores(struct cpu *cpu)
{
    while (cpu->undo_count > 0) {
        const struct cpu_undo *undo = &cpu->undo[--cpu->undo_count];
        memcpy(undo->host, undo->old, undo->bytes);
    }
}

/* Beyond the limit: is this the end, or only a look at an instruction? */
static void look_closer(struct cpu *cpu, uint32_t addr)
{
    cpu_undo_stores(cpu);
    cpu->no_fpu = cpu->has_float && cpu_code_is_float(cpu, addr);
    if (cpu->count >= cpu->budget_end || cpu->unmasked || cpu->no_fpu) {
        cpu->stopped = true;
        (void)uc_emu_stop(cpu->engine);
        return;
    }
    cpu->unmasked = cpu->watch && cpu_code_unmasks(cpu, addr);
    bool closely = cpu->unmasked || ((cpu->watch || cpu->has_float) && !cpu->plain);
    cpu->limit = closely ? cpu->count + 1 : cpu->budget_end;
}

/* A stop asked for inside an IT block comes behind it: what ran on meanwhile counts. */
static void uc_on_code(uc_engine *engine, uint64_t address, uint32_t size, void *user)
{
    struct cpu *cpu = user;
    (void)engine;
    (void)size;
    if (cpu->count >= cpu->limit) {
        if (cpu->stopped) {
            cpu->pc = cpu->stop_pc;
            cpu->count++;
        }
        look_closer(cpu, (uint32_t)address);
        if (cpu->stopped) {
            cpu->stop_pc = (uint32_t)address;
            return;
        }
    }
    cpu->pc = (uint32_t)address;
    cpu->count++;
}

static void note_run(struct cpu *cpu, uint32_t addr)
{
    uint32_t page = addr >> CPU_PAGE_SHIFT;
    if (page != cpu->ran_page) {
        cpu->ran_page = page;
        cpu->ran[page / 8] |= (uint8_t)(1u << page % 8);
    }
}

/* To know where code has run straight on from, and which blocks need no closer look. */
static void uc_on_block(uc_engine *engine, uint64_t address, uint32_t size, void *user)
{
    struct cpu *cpu = user;
    (void)engine;
    if ((uint32_t)address != cpu->block_end || cpu->first_block) {
        cpu->origin = (uint32_t)address;
        cpu->origin_it = cpu->first_block ? cpu->start_it : 0;
        cpu->first_block = false;
    }
    cpu->block_end = (uint32_t)address + size;
    note_run(cpu, (uint32_t)address);
    note_run(cpu, cpu->block_end - 1);
    if (cpu->fpu && !cpu->watch) {
        return;
    }
    cpu->plain = cpu_block_is_plain(cpu, (uint32_t)address, size);
    cpu->has_float = !cpu->fpu && !cpu->plain;
    if (!cpu->plain) {
        cpu->limit = 0;
    } else if (cpu->undo_count == 0 && !cpu->unmasked && !cpu->stopped) {
        cpu->limit = cpu->budget_end;
    }
}

static void uc_on_interrupt(uc_engine *engine, uint32_t number, void *user)
{
    struct cpu *cpu = user;
    cpu->interrupt = (int32_t)number;
    (void)uc_emu_stop(engine);
}

/* Carries a load out in pieces of at most a word; the answer waits for take_answer. */
static bool load(struct cpu *cpu, uint32_t addr, uint32_t width)
{
    const struct cpu_region *region = cpu_find_region(cpu, addr);
    if (region != NULL && region->host != NULL) {
        return cpu->bus.guard(cpu->bus.self, addr, width);
    }
    uint32_t piece = width > 4 ? 4 : width;
    cpu->taken_addr = addr;
    cpu->taken_value = 0;
    bool ok = true;
    for (uint32_t done = 0; ok && done < width; done += piece) {
        uint32_t value = 0;
        ok = cpu->bus.read(cpu->bus.self, addr + done, piece, &value);
        cpu->taken_value |= (uint64_t)value << 8 * done;
    }
    return ok;
}

static bool store(struct cpu *cpu, uint32_t addr, uint32_t width, uint64_t value)
{
    uint32_t piece = width > 4 ? 4 : width;
    uint32_t mask = piece == 4 ? UINT32_MAX : (1u << 8 * piece) - 1;
    bool ok = true;
    for (uint32_t done = 0; ok && done < width; done += piece) {
        ok =
            cpu->bus.write(cpu->bus.self, addr + done, piece, (uint32_t)(value >> 8 * done) & mask);
    }
    return ok;
}

/* The engine carries out even a store that was refused memory that is read-only. What the bus has
 * left there is put back before the next instruction. */
static void remember(struct cpu *cpu, const struct cpu_region *region, uint32_t addr,
                     uint32_t width)
{
    uint32_t room = region->bytes - (addr - region->base);
    if (cpu->undo_count < CPU_UNDO_MAX) {
        struct cpu_undo *undo = &cpu->undo[cpu->undo_count++];
        undo->host = region->host + (addr - region->base);
        undo->bytes = width < room ? width : room;
        memcpy(undo->old, undo->host, undo->bytes);
    }
    cpu->limit = 0;
}

/* An access that is not to plain memory. Refused here, it has no effect on registers; that is why
 * the bus is asked now, and not when the engine carries the access out. */
static bool uc_on_access(uc_engine *engine, uc_mem_type type, uint64_t address, int size,
                         int64_t value, void *user)
{
    struct cpu *cpu = user;
    uint32_t addr = (uint32_t)address;
    uint32_t width = (uint32_t)size;
    (void)engine;
    cpu->bad_addr = addr;
    bool access = type == UC_MEM_READ_PROT || type == UC_MEM_WRITE_PROT;
    const struct cpu_region *region = cpu_find_region(cpu, addr);
    if (!access) {
        return false;
    }
    bool device = region != NULL && region->host == NULL;
    if (device && (addr & ((width > 4 ? 4 : width) - 1)) != 0) {
        cpu->unaligned = true;
        return false;
    }
    cpu_undo_stores(cpu);
    if (type == UC_MEM_READ_PROT) {
        return load(cpu, addr, width);
    }
    bool ok = store(cpu, addr, width, (uint64_t)value);
    if (region != NULL && region->host != NULL) {
        remember(cpu, region, addr, width);
    }
    return ok;
}

/* The engine carries out a load that uc_on_access has let pass, maybe in two halves. */
static uint64_t take_answer(uc_engine *engine, uint64_t offset, unsigned size, void *user)
{
    const struct cpu *cpu = user;
    (void)engine;
    (void)size;
    return cpu->taken_value >> 8 * (((uint32_t)offset - cpu->taken_addr) & 7);
}

/* The bus has had the value already. */
static void drop_store(uc_engine *engine, uint64_t offset, unsigned size, uint64_t value,
                       void *user)
{
    (void)engine;
    (void)offset;
    (void)size;
    (void)value;
    (void)user;
}

/* The engine takes its hooks as object pointers, which C does not convert from functions. */
union hook {
    uc_cb_hookcode_t code;
    uc_cb_hookintr_t interrupt;
    uc_cb_eventmem_t access;
    uc_cb_hookmem_t memory;
    void *raw;
};

/* All before the first run: code translated earlier would not call them. */
static bool add_hooks(struct cpu *cpu)
{
    const struct {
        int types;
        union hook hook;
    } rows[] = {
        {UC_HOOK_CODE, {.code = uc_on_code}},
        {UC_HOOK_BLOCK, {.code = uc_on_block}},
        {UC_HOOK_INTR, {.interrupt = uc_on_interrupt}},
        {UC_HOOK_MEM_READ_PROT | UC_HOOK_MEM_WRITE_PROT | UC_HOOK_MEM_FETCH_PROT |
             UC_HOOK_MEM_UNMAPPED,
         {.access = uc_on_access}},
    };
    bool ok = true;
    for (uint32_t i = 0; ok && i < CPU_HOOKS - 1; i++) {
        ok = uc_hook_add(cpu->engine, &cpu->hooks[i], rows[i].types, rows[i].hook.raw, cpu, 1, 0) ==
             UC_ERR_OK;
    }
    return ok;
}

struct cpu *cpu_open(enum cpu_model model, const struct cpu_bus *bus)
{
    struct cpu *cpu = calloc(1, sizeof *cpu);
    if (cpu == NULL) {
        return NULL;
    }
    cpu->bus = *bus;
    memset(cpu->clean, 0xFF, sizeof cpu->clean);
    cpu->ran_page = UINT32_MAX;
    /* UC_MODE_MCLASS would choose a Cortex-M33, whatever model is set. */
    if (uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &cpu->engine) != UC_ERR_OK) {
        free(cpu);
        return NULL;
    }
    int number = model == CPU_M4 ? UC_CPU_ARM_CORTEX_M4 : UC_CPU_ARM_CORTEX_M7;
    if (uc_ctl_set_cpu_model(cpu->engine, number) != UC_ERR_OK || !add_hooks(cpu)) {
        cpu_close(cpu);
        return NULL;
    }
    return cpu;
}

void cpu_close(struct cpu *cpu)
{
    if (cpu != NULL) {
        (void)uc_close(cpu->engine);
        free(cpu);
    }
}

/* Registers a range; false when there is no room. */
static bool add_region(struct cpu *cpu, const struct cpu_region *region)
{
    if (cpu->region_count == CPU_REGIONS_MAX) {
        return false;
    }
    cpu->regions[cpu->region_count++] = *region;
    return true;
}

bool cpu_map_memory(struct cpu *cpu, uint32_t base, uint32_t bytes, uint8_t *host, bool writable)
{
    const struct cpu_region region = {base, bytes, host, writable};
    uint32_t rights = UC_PROT_READ | UC_PROT_EXEC | (writable ? (uint32_t)UC_PROT_WRITE : 0);
    return uc_mem_map_ptr(cpu->engine, base, bytes, rights, host) == UC_ERR_OK &&
           add_region(cpu, &region);
}

/* Without rights, every access comes to uc_on_access first. */
bool cpu_map_io(struct cpu *cpu, uint32_t base, uint32_t bytes)
{
    const struct cpu_region region = {base, bytes, NULL, false};
    return uc_mmio_map(cpu->engine, base, bytes, take_answer, cpu, drop_store, cpu) == UC_ERR_OK &&
           uc_mem_protect(cpu->engine, base, bytes, UC_PROT_NONE) == UC_ERR_OK &&
           add_region(cpu, &region);
}

static void uc_on_read(uc_engine *engine, uc_mem_type type, uint64_t address, int size,
                       int64_t value, void *user)
{
    (void)engine;
    (void)type;
    (void)address;
    (void)size;
    (void)value;
    (void)user;
}

/* A page that was read once is read without a question from then on, unless there is a hook for
 * reads when the code is translated, be it never called. It costs a third of the speed, so it is
 * there only from the first guard on. */
static void ask_for_loads(struct cpu *cpu)
{
    const union hook hook = {.memory = uc_on_read};
    if (cpu->asks) {
        return;
    }
    cpu->asks = uc_hook_add(cpu->engine, &cpu->hooks[CPU_HOOKS - 1], UC_HOOK_MEM_READ, hook.raw,
                            cpu, UINT32_MAX, UINT32_MAX) == UC_ERR_OK;
    for (uint32_t i = 0; i < cpu->region_count; i++) {
        if (cpu->regions[i].host != NULL) {
            cpu_code_changed(cpu, cpu->regions[i].base, cpu->regions[i].bytes);
        }
    }
}

void cpu_guard(struct cpu *cpu, uint32_t base, uint32_t bytes, bool on)
{
    uint32_t rights = UC_PROT_EXEC | (on ? 0 : (uint32_t)UC_PROT_READ);
    ask_for_loads(cpu);
    (void)uc_mem_protect(cpu->engine, base, bytes, rights);
}

void cpu_set_fpu(struct cpu *cpu, bool on)
{
    cpu->fpu = on;
}

void cpu_code_changed(struct cpu *cpu, uint32_t base, uint32_t bytes)
{
    for (uint32_t i = 0; i < CPU_CLEAN; i++) {
        if (cpu->clean[i] + CPU_BLOCK_MAX - base < bytes + CPU_BLOCK_MAX) {
            cpu->clean[i] = UINT32_MAX; /* no block begins at an odd address */
        }
    }
    (void)uc_ctl_remove_cache(cpu->engine, (uint64_t)base, (uint64_t)base + bytes);
    cpu->ran_page = UINT32_MAX;
    uint32_t end = (base + bytes) >> CPU_PAGE_SHIFT;
    for (uint32_t page = (base + (1u << CPU_PAGE_SHIFT) - 1) >> CPU_PAGE_SHIFT; page < end;
         page++) {
        cpu->ran[page / 8] &= (uint8_t) ~(1u << page % 8);
    }
}

bool cpu_code_ran(const struct cpu *cpu, uint32_t base, uint32_t bytes)
{
    bool ran = false;
    uint32_t last = (base + bytes - 1) >> CPU_PAGE_SHIFT;
    for (uint32_t page = base >> CPU_PAGE_SHIFT; page <= last; page++) {
        ran = ran || (cpu->ran[page / 8] >> page % 8 & 1) != 0;
    }
    return ran;
}

void cpu_attend(struct cpu *cpu)
{
    cpu->budget_end = 0;
    cpu->limit = 0;
}

uint64_t cpu_count(const struct cpu *cpu)
{
    return cpu->count;
}

uint32_t cpu_bad_addr(const struct cpu *cpu)
{
    return cpu->bad_addr;
}

uint32_t cpu_pc(const struct cpu *cpu)
{
    return cpu->pc;
}
