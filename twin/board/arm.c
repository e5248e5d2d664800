/* SPDX-License-Identifier: MIT
 * Puts an ARM guest together and takes it apart; what a board asks of it. */
#include "twin/board/arm.h"

#include <stdlib.h>
#include <string.h>

#include "twin/board/arm_inside.h"

enum { STEP_NS = 20000 };

static struct arm *arm_of_guest(struct guest *guest)
{
    return (struct arm *)guest;
}

/* RAM comes up with anything in it. The generator is splitmix64. */
static void fill_rams(struct arm *arm)
{
    const struct arm_memory *rams = arm->config.chip->rams;
    uint64_t state = arm->config.seed;
    for (uint32_t i = 0; i < ARM_RAMS_MAX && rams[i].bytes != 0; i++) {
        for (uint32_t at = 0; at < rams[i].bytes; at += sizeof state) {
            state += 0x9E3779B97F4A7C15ull;
            uint64_t value = (state ^ state >> 30) * 0xBF58476D1CE4E5B9ull;
            value = (value ^ value >> 27) * 0x94D049BB133111EBull;
            value ^= value >> 31;
            memcpy(arm->rams[i] + at, &value, sizeof value);
        }
        cpu_code_changed(arm->cpu, rams[i].base, rams[i].bytes);
    }
}

static void start_core(struct arm *arm, uint32_t vectors)
{
    arm->sleeping = false;
    arm->locked = false;
    arm->event = false;
    arm->busy = false;
    arm->core_reset_wanted = false;
    if (cpu_reset(arm->cpu, vectors) != CPU_OK) {
        arm->locked = true;
    }
}

void arm_reset_core(struct arm *arm, enum reset_cause cause)
{
    for (uint32_t i = 0; i < ARM_CORE_PARTS; i++) {
        arm->core_parts[i].reset(arm->core_parts[i].self, cause);
    }
    start_core(arm, arm->scb.vtor);
}

/* The board knows software as the only reason; a part that asked may have said another. */
static enum reset_cause find_cause(struct arm *arm, enum reset_cause cause)
{
    bool own = arm->reset_wanted && cause == RESET_SOFTWARE;
    arm->reset_wanted = false;
    return own ? arm->reset_cause : cause;
}

static void guest_reset(struct guest *guest, enum reset_cause board_cause)
{
    struct arm *arm = arm_of_guest(guest);
    enum reset_cause cause = find_cause(arm, board_cause);
    uint64_t now_ns = arm->config.time->now_ns;
    arm->time.now_ns = now_ns > arm->time.now_ns ? now_ns : arm->time.now_ns;
    arm->stall_ns = 0;
    if (cause == RESET_POWER_ON) {
        fill_rams(arm);
    }
    for (size_t i = 0; i < arm->around.part_count; i++) {
        if (arm->around.parts[i].reset != NULL) {
            arm->around.parts[i].reset(arm->around.parts[i].self, cause);
        }
    }
    arm_look_at_flash(arm);
    arm_settle_flash(arm);
    arm_reset_core(arm, cause);
    arm_anchor(arm);
    arm->reset_wanted = arm->system_wanted = false;
}

/* As a boot ROM does it: stack pointer and PC from there, VTOR is left alone. */
static void guest_enter(struct guest *guest, uint32_t addr)
{
    struct arm *arm = arm_of_guest(guest);
    guest_reset(guest, RESET_SOFTWARE);
    start_core(arm, addr);
}

static enum guest_stop guest_run(struct guest *guest, uint64_t until_ns)
{
    return arm_run(arm_of_guest(guest), until_ns);
}

/* Code that runs may do anything: it is looked at often. */
static uint64_t guest_wake(struct guest *guest)
{
    struct arm *arm = arm_of_guest(guest);
    uint64_t now_ns = arm->config.time->now_ns;
    bool sleeps = arm->sleeping && !arm->for_event && soc_nvic_waiting(&arm->nvic) == 0;
    bool still = sleeps || arm->locked || arm->stall_ns > now_ns + STEP_NS;
    if (!still) {
        return now_ns + STEP_NS;
    }
    uint64_t wake = arm_due(arm);
    wake = arm->stall_ns > now_ns && arm->stall_ns < wake ? arm->stall_ns : wake;
    return wake > now_ns ? wake : now_ns + 1;
}

static bool guest_connected(struct guest *guest)
{
    const struct arm_usb *usb = &arm_of_guest(guest)->around.usb;
    return usb->connected != NULL && usb->connected(usb->self);
}

static enum ep0_answer guest_control(struct guest *guest, const struct usb_setup *setup,
                                     uint8_t *data, uint16_t *length)
{
    const struct arm_usb *usb = &arm_of_guest(guest)->around.usb;
    return usb->control == NULL ? EP0_GONE : usb->control(usb->self, setup, data, length);
}

static void guest_cancel(struct guest *guest)
{
    const struct arm_usb *usb = &arm_of_guest(guest)->around.usb;
    if (usb->cancel != NULL) {
        usb->cancel(usb->self);
    }
}

static enum ep0_answer guest_data(struct guest *guest, const struct usb_pipe *pipe, uint8_t *data,
                                  uint32_t *length)
{
    const struct arm_usb *usb = &arm_of_guest(guest)->around.usb;
    return usb->data == NULL ? EP0_STALL : usb->data(usb->self, pipe, data, length);
}

static bool guest_cancel_data(struct guest *guest, uint8_t endpoint)
{
    const struct arm_usb *usb = &arm_of_guest(guest)->around.usb;
    return usb->cancel_data != NULL && usb->cancel_data(usb->self, endpoint);
}

static void guest_bus_reset(struct guest *guest)
{
    const struct arm_usb *usb = &arm_of_guest(guest)->around.usb;
    if (usb->bus_reset != NULL) {
        usb->bus_reset(usb->self);
    }
}

static void guest_bus_suspend(struct guest *guest)
{
    const struct arm_usb *usb = &arm_of_guest(guest)->around.usb;
    if (usb->bus_suspend != NULL) {
        usb->bus_suspend(usb->self);
    }
}

static void guest_button(struct guest *guest, bool down)
{
    const struct arm_pins *pins = &arm_of_guest(guest)->around.pins;
    if (pins->button != NULL) {
        pins->button(pins->self, down);
    }
}

static uint32_t guest_leds(struct guest *guest)
{
    const struct arm_pins *pins = &arm_of_guest(guest)->around.pins;
    return pins->leds == NULL ? 0 : pins->leds(pins->self);
}

static size_t guest_log(struct guest *guest, size_t from, char *text, size_t capacity)
{
    const struct arm_serial *serial = &arm_of_guest(guest)->around.serial;
    return serial->get == NULL ? 0 : serial->get(serial->self, from, text, capacity);
}

static uint32_t guest_pc(struct guest *guest)
{
    return arm_pc(arm_of_guest(guest));
}

static void guest_free(struct guest *guest)
{
    arm_free(arm_of_guest(guest));
}

struct arm *arm_new(const struct arm_config *config)
{
    struct arm *arm = calloc(1, sizeof *arm);
    if (arm == NULL) {
        return NULL;
    }
    arm->config = *config;
    arm->guest = (struct guest){.kind = "arm",
                                .reset = guest_reset,
                                .enter = guest_enter,
                                .run = guest_run,
                                .wake = guest_wake,
                                .connected = guest_connected,
                                .control = guest_control,
                                .cancel = guest_cancel,
                                .data = guest_data,
                                .cancel_data = guest_cancel_data,
                                .bus_reset = guest_bus_reset,
                                .bus_suspend = guest_bus_suspend,
                                .button = guest_button,
                                .leds = guest_leds,
                                .log = guest_log,
                                .pc = guest_pc,
                                .timed = true,
                                .free = guest_free};
    const struct cpu_bus bus = arm_make_bus(arm);
    arm->cpu = cpu_open(config->chip->m7 ? CPU_M7 : CPU_M4, &bus);
    arm_make_core_parts(arm);
    if (arm->cpu == NULL || !arm_map_memories(arm)) {
        arm_free(arm);
        return NULL;
    }
    return arm;
}

void arm_free(struct arm *arm)
{
    if (arm == NULL) {
        return;
    }
    if (arm->around.free != NULL) {
        arm->around.free(arm->around.owner);
    }
    cpu_close(arm->cpu);
    free(arm->known_flash);
    for (uint32_t i = 0; i < ARM_RAMS_MAX; i++) {
        free(arm->rams[i]);
    }
    free(arm);
}

const struct soc_lines *arm_lines(const struct arm *arm)
{
    return &arm->lines;
}

bool arm_connect(struct arm *arm, const struct arm_around *around)
{
    arm->around = *around;
    bool ok = arm_map_parts(arm);
    if (!ok) {
        arm->around = (struct arm_around){0};
    }
    return ok;
}

struct guest *arm_guest(struct arm *arm)
{
    return &arm->guest;
}

struct arm_counts arm_counts(const struct arm *arm)
{
    struct arm_counts counts = arm->counts;
    counts.instructions = cpu_count(arm->cpu);
    return counts;
}

uint32_t arm_pc(struct arm *arm)
{
    return cpu_get(arm->cpu, CPU_PC);
}

void *arm_owner(struct guest *guest)
{
    return arm_of_guest(guest)->around.owner;
}
