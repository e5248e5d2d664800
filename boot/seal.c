/* SPDX-License-Identifier: MIT
 * The check of an application's seal: found, compared with the board, hashed, its signature. */
#include "boot/seal.h"

#include "boot/inside.h"
#include "boot/port.h"
#include "boot/seal_log.h"
#include "core/bytes.h"

enum {
    PIECE_BYTES = 256,
    STEP_BYTES = 2048,
    STEPS_AT_ONCE = 4, /* of the signature */
    STEPS_A_MS = 4,    /* the slowest chip's figures */
    HASH_BYTES_A_MS = 1536,
    POLL_MAX_MS = 40, /* whoever asks late would find the board gone */
    INFO_BYTES = 40,
};

static const struct boot_seal_rules *rules_of(const struct boot *boot)
{
    return &((const struct boot_sealed_board *)(const void *)board_of(boot))->seal;
}

static bool is_signed_board(const struct boot *boot)
{
    return (rules_of(boot)->flags & BOOT_SEAL_MUST_BE_SIGNED) != 0;
}

static void say(struct boot_seal *seal, const char *text)
{
    uint32_t at = 0;
    while (seal->text[at] != '\0') {
        at++;
    }
    for (; *text != '\0' && at < BOOT_SEAL_TEXT_BYTES - 1; text++) {
        seal->text[at++] = *text > ' ' && *text <= '~' ? *text : ' ';
    }
    seal->text[at] = '\0';
}

static void say_number(struct boot_seal *seal, uint32_t number)
{
    char digits[6];
    uint32_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    say(seal, digits + at);
}

static void say_version(struct boot_seal *seal, uint32_t version)
{
    say_number(seal, version >> 24);
    say(seal, ".");
    say_number(seal, version >> 16 & 0xFF);
    say(seal, ".");
    say_number(seal, version & 0xFFFF);
}

static void refuse(struct boot_seal *seal, uint8_t status, const char *text)
{
    seal->state = BOOT_SEAL_BAD;
    seal->status = status;
    seal->text[0] = '\0';
    say(seal, text);
}

/* The name is a stranger's: it ends where its field does. */
static void refuse_board(struct boot_seal *seal)
{
    char name[SEAL_BOARD_BYTES + 1];
    for (uint32_t i = 0; i < SEAL_BOARD_BYTES; i++) {
        name[i] = (char)seal->bytes[SEAL_BOARD_AT + i];
    }
    name[SEAL_BOARD_BYTES] = '\0';
    refuse(seal, DFU_ERR_TARGET, "Image is for board ");
    say(seal, name);
}

/* Without a signature the version is anybody's word: only signed boards keep a floor. */
static bool is_too_old(const struct boot *boot, uint32_t version)
{
    uint32_t flags = get_le16(boot->seal.bytes + SEAL_FLAGS_AT);
    bool any =
        (flags & SEAL_ANY_VERSION) != 0 || (rules_of(boot)->flags & BOOT_SEAL_ANY_VERSION) != 0;
    return is_signed_board(boot) && !any && version < seal_log_floor(board_of(boot));
}

static bool has_key_id(const struct boot *boot)
{
    uint32_t differ = 0;
    for (uint32_t i = 0; i < SEAL_KEY_ID_BYTES; i++) {
        differ |= (uint32_t)(boot->seal.bytes[SEAL_KEY_ID_AT + i] ^ rules_of(boot)->key[i]);
    }
    return differ == 0;
}

/* What the seal itself says, before anything is hashed. */
static void compare(struct boot *boot)
{
    struct boot_seal *seal = &boot->seal;
    uint32_t version = get_le32(seal->bytes + SEAL_VERSION_AT);
    uint32_t flags = get_le16(seal->bytes + SEAL_FLAGS_AT);
    if (!seal_names(seal->bytes, rules_of(boot)->board)) {
        refuse_board(seal);
    } else if (is_signed_board(boot) && (flags & SEAL_SIGNED) == 0) {
        refuse(seal, DFU_ERR_FILE, "Image is not signed");
    } else if (is_signed_board(boot) && !has_key_id(boot)) {
        refuse(seal, DFU_ERR_FILE, "Signed with another key");
    } else if (is_too_old(boot, version)) {
        refuse(seal, DFU_ERR_FILE, "Version ");
        say_version(seal, version);
        say(seal, " is older than ");
        say_version(seal, seal_log_floor(board_of(boot)));
    } else {
        seal->state = BOOT_SEAL_HASHING;
        seal->done = 0;
        sha256_begin(&seal->sha);
    }
}

static void find(struct boot *boot)
{
    struct boot_seal *seal = &boot->seal;
    const struct boot_area *app = &board_of(boot)->app;
    uint8_t vectors[SEAL_PLACE_END];
    seal->length = work_read(boot, app->addr, vectors, sizeof vectors) ? seal_find(vectors) : 0;
    if (seal->length == 0) {
        refuse(seal, DFU_ERR_FILE, "Image is not sealed");
    } else if (seal->length < SEAL_HEAD_BYTES || seal->length > app->bytes - SEAL_BYTES ||
               !work_read(boot, app->addr + seal->length, seal->bytes, SEAL_BYTES) ||
               !seal_is_for(seal->bytes, seal->length)) {
        refuse(seal, DFU_ERR_FIRMWARE, "Image is torn");
    } else {
        compare(boot);
    }
}

/* What is good now is to be the oldest from here on; nothing is noted twice. */
static void pass(struct boot *boot)
{
    struct boot_seal *seal = &boot->seal;
    uint32_t version = get_le32(seal->bytes + SEAL_VERSION_AT);
    seal->state = BOOT_SEAL_GOOD;
    seal->text[0] = '\0';
    seal->record_addr = 0;
    if (is_signed_board(boot) && version > seal_log_floor(board_of(boot))) {
        seal->record_addr = seal_log_next(board_of(boot));
        seal_log_put(seal->record, version);
    }
}

static void end_hash(struct boot *boot)
{
    struct boot_seal *seal = &boot->seal;
    uint8_t digest[SHA256_BYTES];
    uint32_t differ = 0;
    sha256_update(&seal->sha, seal->bytes, SEAL_HEAD_BYTES);
    sha256_end(&seal->sha, digest);
    for (uint32_t i = 0; i < SHA256_BYTES; i++) {
        differ |= (uint32_t)(digest[i] ^ seal->bytes[SEAL_DIGEST_AT + i]);
    }
    if (differ != 0) {
        refuse(seal, DFU_ERR_FIRMWARE, "Image is torn");
    } else if (!is_signed_board(boot)) {
        pass(boot);
    } else if (ed25519_begin(&seal->check, rules_of(boot)->key, seal->bytes + SEAL_SIGNATURE_AT,
                             seal->bytes, SEAL_SIGNATURE_AT) == ED25519_BAD) {
        refuse(seal, DFU_ERR_FILE, "Bad signature");
    } else {
        seal->state = BOOT_SEAL_SIGNATURE;
    }
}

static void hash(struct boot *boot)
{
    struct boot_seal *seal = &boot->seal;
    uint8_t piece[PIECE_BYTES];
    uint32_t end = seal->done + STEP_BYTES;
    while (seal->done < seal->length && seal->done < end) {
        uint32_t left = seal->length - seal->done;
        uint32_t length = left < PIECE_BYTES ? left : PIECE_BYTES;
        if (!work_read(boot, board_of(boot)->app.addr + seal->done, piece, length)) {
            refuse(seal, DFU_ERR_FIRMWARE, "Image is torn");
            return;
        }
        sha256_update(&seal->sha, piece, length);
        seal->done += length;
    }
    if (seal->done == seal->length) {
        end_hash(boot);
    }
}

static void check_signature(struct boot *boot)
{
    enum ed25519_result result = ED25519_MORE;
    for (uint32_t i = 0; i < STEPS_AT_ONCE && result == ED25519_MORE; i++) {
        result = ed25519_step(&boot->seal.check);
    }
    if (result == ED25519_GOOD) {
        pass(boot);
    } else if (result == ED25519_BAD) {
        refuse(&boot->seal, DFU_ERR_FILE, "Bad signature");
    }
}

static void step(struct boot *boot)
{
    if (boot->seal.state == BOOT_SEAL_UNKNOWN) {
        find(boot);
    } else if (boot->seal.state == BOOT_SEAL_HASHING) {
        hash(boot);
    } else if (boot->seal.state == BOOT_SEAL_SIGNATURE) {
        check_signature(boot);
    }
}

void seal_check_now(struct boot *boot)
{
    if (board_of(boot)->sealed != 0 && app_is_valid(board_of(boot))) {
        port_hurry(true);
        while (boot->seal.state < BOOT_SEAL_GOOD) {
            step(boot);
            port_feed();
        }
        port_hurry(false);
    }
}

bool seal_allows(const struct boot *boot)
{
    return board_of(boot)->sealed == 0 || boot->seal.state == BOOT_SEAL_GOOD;
}

/* Where nothing is held back and nothing stands, whoever wants to leave is told that. */
bool seal_passes(struct boot *boot)
{
    struct boot_seal *seal = &boot->seal;
    if (board_of(boot)->sealed == 0 || seal->state == BOOT_SEAL_GOOD ||
        (!boot->held && !app_is_valid(board_of(boot)))) {
        return true;
    }
    step(boot);
    if (seal->state == BOOT_SEAL_BAD) {
        dfu_fail(boot, seal->status, BOOT_STRING_SEAL);
    }
    return false;
}

const uint8_t *seal_record(const struct boot *boot, uint32_t *addr)
{
    *addr = boot->seal.record_addr;
    return board_of(boot)->sealed != 0 && *addr != 0 ? boot->seal.record : 0;
}

void seal_forget(struct boot *boot, uint32_t addr)
{
    if (area_holds(&board_of(boot)->app, addr, 1)) {
        boot->seal.state = BOOT_SEAL_UNKNOWN;
    }
}

void seal_cancel(struct boot *boot)
{
    if (boot->committing && boot->seal.state != BOOT_SEAL_BAD) {
        boot->seal.state = BOOT_SEAL_UNKNOWN;
    }
}

uint32_t seal_remaining_ms(const struct boot *boot)
{
    const struct boot_seal *seal = &boot->seal;
    uint32_t hash_ms = (seal->length - seal->done) / HASH_BYTES_A_MS;
    uint32_t ms = seal->check.left / STEPS_A_MS + 1;
    if (board_of(boot)->sealed == 0 || !boot->committing || seal->state == BOOT_SEAL_GOOD) {
        return 0;
    }
    if (seal->state != BOOT_SEAL_SIGNATURE) {
        ms = hash_ms + ED25519_STEPS / STEPS_A_MS;
    }
    return ms < POLL_MAX_MS ? ms : (uint32_t)POLL_MAX_MS;
}

const char *seal_text(const struct boot *boot, uint8_t index)
{
    bool has = index == BOOT_STRING_SEAL && boot->seal.text[0] != '\0';
    return has ? boot->seal.text : 0;
}

uint32_t seal_put_info(const struct boot *boot, uint8_t *to)
{
    const struct boot_seal_rules *rules = rules_of(boot);
    if (board_of(boot)->sealed == 0) {
        return 0;
    }
    to[0] = rules->flags;
    to[1] = boot->seal.state;
    to[2] = boot->seal.state == BOOT_SEAL_BAD ? (uint8_t)BOOT_STRING_SEAL : 0;
    to[3] = 0;
    put_le32(to + 4, seal_log_floor(board_of(boot)));
    for (uint32_t i = 0; i < SEAL_BOARD_BYTES; i++) {
        to[8 + i] = (uint8_t)rules->board[i];
    }
    for (uint32_t i = 0; i < SEAL_KEY_ID_BYTES; i++) {
        to[8 + SEAL_BOARD_BYTES + i] = rules->key[i];
    }
    return INFO_BYTES;
}
