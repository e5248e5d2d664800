/* SPDX-License-Identifier: MIT
 * The queue of a client's transfers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twin/serve/urb.h"

static const struct usb_setup out_4 = {.request_type = 0x21, .request = 1, .length = 4};

static void transfers_keep_their_order_and_their_bytes(void **state)
{
    (void)state;
    struct urb_queue queue = {.count = 0};
    assert_null(urb_head(&queue));
    assert_true(urb_add(&queue, 7, &out_4, (const uint8_t *)"abcd"));
    assert_true(urb_add(&queue, 8, &out_4, (const uint8_t *)"efgh"));
    assert_int_equal(urb_head(&queue)->seqnum, 7);
    assert_memory_equal(urb_head(&queue)->data, "abcd", 4);
    urb_remove(&queue, 0);
    assert_int_equal(urb_head(&queue)->seqnum, 8);
    assert_memory_equal(urb_head(&queue)->data, "efgh", 4);
    urb_clear(&queue);
    assert_null(urb_head(&queue));
}

static void a_transfer_is_found_by_its_number(void **state)
{
    (void)state;
    struct urb_queue queue = {.count = 0};
    for (uint32_t seqnum = 10; seqnum < 13; seqnum++) {
        assert_true(urb_add(&queue, seqnum, &out_4, (const uint8_t *)"...."));
    }
    assert_int_equal(urb_find(&queue, 11), 1);
    assert_int_equal(urb_find(&queue, 99), 3);
    urb_remove(&queue, 1);
    assert_int_equal(urb_find(&queue, 12), 1);
    urb_clear(&queue);
}

static void a_full_queue_takes_no_more(void **state)
{
    (void)state;
    static const struct usb_setup plain = {.request = 9};
    struct urb_queue queue = {.count = 0};
    for (uint32_t i = 0; i < URB_QUEUE_MAX; i++) {
        assert_true(urb_add(&queue, i, &plain, NULL));
    }
    assert_false(urb_add(&queue, 99, &plain, NULL));
    assert_int_equal(queue.count, URB_QUEUE_MAX);
    urb_clear(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transfers_keep_their_order_and_their_bytes),
        cmocka_unit_test(a_transfer_is_found_by_its_number),
        cmocka_unit_test(a_full_queue_takes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
