/* SPDX-License-Identifier: MIT
 * Tasks that a kernel switches: stacks of their own, the FPU's registers, masks by priority. */
#include "tests/arm/hal/hal.h"

enum { TASKS = 3, STACK_WORDS = 256, TURNS = 20000, LOWEST = 0xF0, KERNEL = 0x50 };
enum { ICSR = 0xE000ED04, PRIORITIES = 0xE000ED20, FPCCR = 0xE000EF34, PEND_SWITCH = 1 << 28 };
enum { FIRST_LINK = 0xFFFFFFFD, THUMB = 1 << 24, FRAME_WORDS = 8, KEPT_WORDS = 9 };

static struct task {
    uint32_t *top; /* where its registers are while another runs; first: the handler knows */
    volatile uint32_t sum, switched;
    uint32_t stack[STACK_WORDS];
} tasks[TASKS];
static struct task *volatile running;
static volatile uint32_t shared, finished;

struct task *next_task(void);
struct task *next_task(void)
{
    running->switched++;
    uint32_t place = (uint32_t)(running - tasks);
    running = &tasks[(place + 1) % TASKS];
    return running;
}

/* Keeps what the exception has not: R4 to R11, the link, and the upper half of the FPU's registers
 * of a task that uses it. The kernel's own interrupts are kept away meanwhile. */
__attribute__((naked)) void on_switch(void)
{
    __asm__ volatile(
        "mrs r0, psp\n isb\n ldr r3, =running_of_kernel\n ldr r3, [r3]\n ldr r2, [r3]\n"
        "tst lr, #0x10\n it eq\n vstmdbeq r0!, {s16-s31}\n"
        "stmdb r0!, {r4-r11, lr}\n str r0, [r2]\n"
        "mov r0, #0x50\n msr basepri, r0\n dsb\n isb\n"
        "bl next_task\n mov r1, r0\n mov r0, #0\n msr basepri, r0\n"
        "ldr r0, [r1]\n ldmia r0!, {r4-r11, lr}\n"
        "tst lr, #0x10\n it eq\n vldmiaeq r0!, {s16-s31}\n"
        "msr psp, r0\n isb\n bx lr\n .ltorg");
}

/* The first task is begun by SVC, as if it had been interrupted. */
__attribute__((naked)) void on_begin(void)
{
    __asm__ volatile("ldr r3, =running_of_kernel\n ldr r3, [r3]\n ldr r1, [r3]\n ldr r0, [r1]\n"
                     "ldmia r0!, {r4-r11, lr}\n msr psp, r0\n isb\n mov r0, #0\n msr basepri, r0\n"
                     "bx lr\n .ltorg");
}

struct task *volatile *const running_of_kernel = &running;

static void lock(void)
{
    __asm__ volatile("msr basepri, %0\n isb\n dsb" ::"r"(KERNEL) : "memory");
}

static void unlock(void)
{
    __asm__ volatile("msr basepri, %0" ::"r"(0) : "memory");
}

/* Floating point in registers that only a switch keeps; every so often it gives way. */
static void work(uint32_t number)
{
    float step = (float)(number + 1);
    register float sum __asm__("s20") = 0;
    for (uint32_t i = 0; i < TURNS; i++) {
        __asm__ volatile("vadd.f32 %0, %0, %1" : "+t"(sum) : "t"(step));
        if (i % 512 == 0) {
            WORD(ICSR) = PEND_SWITCH;
            __asm__ volatile("dsb\n isb" ::: "memory");
        }
        lock();
        shared = shared + 1;
        unlock();
    }
    tasks[number].sum = (uint32_t)sum;
    lock();
    finished = finished + 1;
    unlock();
    for (;;) {
    }
}

static void prepare(uint32_t number)
{
    uint32_t *top = &tasks[number].stack[STACK_WORDS - FRAME_WORDS];
    top[0] = number;
    top[6] = (uint32_t)(uintptr_t)work & ~1u;
    top[7] = THUMB;
    top -= KEPT_WORDS;
    top[KEPT_WORDS - 1] = FIRST_LINK;
    tasks[number].top = top;
}

/* Each tick gives the next task its turn. */
void tasks_tick(void)
{
    if (running == NULL) {
        return;
    }
    WORD(ICSR) = PEND_SWITCH;
    if (finished == TASKS) {
        running = NULL;
        note(shared);
        for (uint32_t i = 0; i < TASKS; i++) {
            note(tasks[i].sum);
            note(tasks[i].switched > 10);
        }
        note(HAL_DONE);
        __asm__ volatile("cpsid i");
        for (;;) {
            __asm__ volatile("wfi");
        }
    }
}

/* The switch and the ticks have the lowest priority, as a kernel's have. */
void do_tasks(void)
{
    note((uint32_t)clocks_start());
    WORD(PRIORITIES) |= (uint32_t)LOWEST << 16 | (uint32_t)LOWEST << 24;
    WORD(FPCCR) |= 3u << 30;
    for (uint32_t i = 0; i < TASKS; i++) {
        prepare(i);
    }
    running = &tasks[0];
    __asm__ volatile("cpsie i\n dsb\n isb\n svc #0");
}
