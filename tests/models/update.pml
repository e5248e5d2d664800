/* SPDX-License-Identifier: MIT
 * The bootloader's update protocol: what a cut of the power at any point leaves to be started.
 *
 * The application is its first unit in pieces (entry, low, top: the last is the top of the stack
 * pointer), the rest of its first sector (rest0) and a second sector (rest1), which lies in the
 * other bank where there are two. One value stands for all bytes of a piece: the old application's,
 * the new one's, erased, a mixture, or zeros. Names are those of boot/work.c, boot/dfu.c and
 * boot/leave.c; docs/model.md says what is left out and what is assumed.
 *
 * BANKS=1   STM32F405: the CPU stands still for its flash; pieces are bytes
 * BANKS=2   STM32H743: the banks work beside the host; the first unit is one word with ECC
 * CUTS=n    the power is cut n times at most, and hosts end: for what has to happen at last; without
 *           it the power is cut as often as can be, and nobody counts
 * FEW       only hosts that replace the application
 * TRACE     goes only where a trace goes that was recorded at a board (tests/models/follow.h)
 * Every other word that is tested for takes a rule away: with it, the checks have to fail. */
#ifndef BANKS
#define BANKS 2
#endif

mtype = { old, new, blank, torn, zero, partly };             /* contents; partly: new, blank elsewhere */
mtype = { start_block, stale_block, rest0_block, rest1_block, drive_block }; /* what a DNLOAD brings */
mtype = { none, spoil, clear, erase0, erase1, erase_drive, write0, write1, write_drive,
          commit_entry, commit_low, commit_top };            /* operations of the flash */
mtype = { idle, sync, busy, dnload_idle, manifest_sync, wait_reset, error }; /* boot->state */
mtype = { dfu, leaving, running };                           /* boot->phase */

mtype entry = old, low = old, top = old, rest0 = old, rest1 = old;
mtype op[2] = none;
mtype state = idle, phase = dfu;
bool pending, data, complete, erasing, held, committing, wanted0, wanted1, wanted_drive;
mtype head = none, second = none; /* blocks that wait for the flash, or are written */
bool begun;     /* an erase came in between, and what head had written already is gone */
bool lost;      /* the board was reset: it is another device to the host that was at work */
#ifdef CUTS
byte cuts = CUTS;
bool dead;      /* no host and no person will ever do anything again */
bool delivered; /* a whole download has ended by all signs, nothing has been asked for since */
bool again;     /* the session began after leave was accepted, before the board had gone */
#define TELL(whether) delivered = (whether) && !again
#define BEGIN         lost = false; again = (phase == leaving)
#else
#define TELL(whether) skip
#define BEGIN         lost = false
#endif

#ifdef TRACE
short step, asked; /* events of the trace that have been: of the board, of the host */
bool lost_track;   /* something was not in it */
bool arrived;      /* it is over */
bool quiet;        /* nobody has asked for anything for seconds */
c_decl { \#include <stdbool.h> }
c_code { \#include "follow.h" }
#define DID(what)  ; c_code { follow_did(#what); }
#define TOOK(what) ; c_code { follow_took(#what); }
#define DID_BEGIN(b) ; \
    if \
    :: op[b] == spoil DID(spoil) \
    :: op[b] == clear DID(clear) \
    :: op[b] == erase0 DID(erase0) \
    :: op[b] == erase1 DID(erase1) \
    :: op[b] == erase_drive DID(erase_drive) \
    :: op[b] == write0 DID(write0) \
    :: op[b] == write1 DID(write1) \
    :: op[b] == write_drive DID(write_drive) \
    :: op[b] == commit_entry DID(commit_entry) \
    :: op[b] == commit_low DID(commit_low) \
    :: op[b] == commit_top DID(commit_top) \
    :: else \
    fi
#define DID_START \
    if :: are(old) DID(starts_old) :: are(new) DID(starts_new) :: else DID(starts_a_part) fi
#define DID_ENTER(order) ; if :: order DID(dfu_mode_by_order) :: else DID(dfu_mode) fi
#define is_quiet  quiet
#define NOT_QUIET ; quiet = false
#else
#define is_quiet true
#define NOT_QUIET
#define DID(what)
#define TOOK(what)
#define DID_BEGIN(b)
#define DID_START assert(whole)
#define DID_ENTER(order)
#endif

#if BANKS == 1
#define are(what) (entry == what && low == what && top == what && rest0 == what && rest1 == what)
#define all_to(what) entry = what; low = what; top = what
#else /* entry and low are in the same word as top */
#define are(what) (top == what && rest0 == what && rest1 == what)
#define all_to(what) top = what
#endif
#define whole   (are(old) || are(new))
#define valid   (top == old || top == new) /* the last piece alone: more than app_is_valid asks */
#if BANKS == 1
#define is_full (head != none)
#else
#define is_full (second != none)
#endif
#define is_wanted (wanted0 || wanted1 || wanted_drive)
#define is_idle (head == none && !is_wanted && !committing && op[0] == none && op[1] == none)
#define on      (phase == dfu || phase == leaving)

#if BANKS == 1
#define bank1   0
#else
#define bank1   1
#endif

/* ---- the flash ---- */

inline taken()
{
    head = second; second = none; begun = false
}

inline written(piece)
{
    if
    :: begun && piece == blank -> piece = partly
    :: else -> piece = new
    fi
}

/* What is done is not done again, but for the unit that was programmed just then. */
inline interrupted(piece)
{
    piece = partly;
    if :: begun = true :: true fi
}

/* With one bank the host has to know before the next one begins. */
#define pending_after_erase (BANKS == 1 -> is_wanted : pending)

inline finish(b)
{
    if
    :: op[b] == spoil -> top = zero; op[b] = none
    :: op[b] == clear -> all_to(zero); op[b] = erase0 DID_BEGIN(b)
    :: op[b] == erase0 -> all_to(blank); rest0 = blank; wanted0 = false;
       op[b] = none; pending = pending_after_erase
    :: op[b] == erase1 -> rest1 = blank; wanted1 = false; op[b] = none;
       pending = pending_after_erase
    :: op[b] == erase_drive -> wanted_drive = false; op[b] = none;
       pending = pending_after_erase
    :: op[b] == write0 -> written(rest0); op[b] = none; taken()
    :: op[b] == write1 -> written(rest1); op[b] = none; taken()
    :: op[b] == write_drive -> op[b] = none; taken()
#if BANKS == 2 /* another host's erase comes between two units of a block */
    :: op[b] == write0 && wanted0 -> interrupted(rest0); op[b] = none
    :: op[b] == write1 && wanted1 -> interrupted(rest1); op[b] = none
    :: op[b] == write_drive && wanted_drive -> op[b] = none
#endif
    :: op[b] == commit_entry -> entry = new; op[b] = none
    :: op[b] == commit_low -> low = new; op[b] = none
    :: op[b] == commit_top -> top = new; op[b] = none
    fi
}

/* What a cut leaves of one piece that was to become something else. */
inline part(piece, wanted)
{
    if
    :: true
    :: piece != wanted -> piece = torn
    :: true -> piece = wanted
    fi
}

inline tear(b)
{
    if
    :: op[b] == none || op[b] == write_drive || op[b] == erase_drive
#if BANKS == 1
    :: op[b] == spoil -> if :: true :: top = zero fi /* one bit */
#else
    :: op[b] == spoil -> part(top, zero)
#endif
#if BANKS == 1
    :: op[b] == clear -> part(entry, zero); part(low, zero); part(top, zero)
#endif
    :: op[b] == erase0 ->
#if BANKS == 1
       part(entry, blank); part(low, blank);
#endif
       part(rest0, blank);
       if
#ifdef NO_CLEAR
       :: top == zero -> top = old /* one bit, once more */
#endif
       :: true -> part(top, blank)
       fi
    :: op[b] == erase1 -> part(rest1, blank)
    :: op[b] == write0 && !begun -> part(rest0, new)
    :: op[b] == write1 && !begun -> part(rest1, new)
    :: op[b] == write0 && begun -> part(rest0, partly)
    :: op[b] == write1 && begun -> part(rest1, partly)
    :: op[b] == commit_entry -> part(entry, new)
    :: op[b] == commit_low -> part(low, new)
    :: op[b] == commit_top -> part(top, new)
    fi;
    op[b] = none
}

/* ---- boot/work.c ---- */

/* The unit that is programmed just now is the last one of its block. */
inline cancel()
{
#if BANKS == 2
    if :: op[0] == write0 -> rest0 = partly; op[0] = none :: else fi;
    if :: op[1] == write1 -> rest1 = partly; op[1] = none :: else fi;
    if :: op[1] == write_drive -> op[1] = none :: else fi;
#endif
    head = none; second = none; begun = false;
    wanted0 = false; wanted1 = false; wanted_drive = false; held = false; committing = false; pending = false
}

inline fail()
{
    state = error; complete = false; cancel()
}

/* A start that is in order is spoilt before its sector is erased. */
inline erase_first()
{
    held = false; committing = false;
    if
#ifndef NO_SPOIL
    :: valid -> op[0] = spoil
    :: !valid ->
#else
    :: true ->
#endif
       if
#if BANKS == 1 && !defined(NO_CLEAR)
       :: top == zero || top == torn -> op[0] = clear
       :: top != zero -> op[0] = erase0
#else
       :: op[0] = erase0
#endif
       fi
    fi
}

/* Programs what is erased; goes on where it stands already; fails else. */
inline put_block(content, b, operation)
{
    if
    :: content == new -> taken()
    :: content == blank || content == partly -> op[b] = operation
    :: else -> fail()
    fi
}

/* What is on the drive does not matter; it may be there already. */
inline put_on_drive(b)
{
    if
    :: op[b] = write_drive
    :: taken()
    fi
}

#if BANKS == 1
#ifdef COMMIT_WORD_FIRST
#define is_next_top   (top != new)
#define is_next_entry (top == new && entry != new)
#define is_next_low   (top == new && entry == new && low != new)
#else
#define is_next_entry (entry != new)
#define is_next_low   (entry == new && low != new)
#define is_next_top   (entry == new && low == new && top != new)
#endif
#else /* one word */
#define is_next_entry false
#define is_next_low   false
#define is_next_top   (top != new)
#endif
#define is_committed (!is_next_entry && !is_next_low && !is_next_top)

inline put_piece()
{
    if
    :: is_next_entry && entry == blank -> op[0] = commit_entry
    :: is_next_low && low == blank -> op[0] = commit_low
    :: is_next_top && top == blank -> op[0] = commit_top
    :: else -> fail()
    fi
}

inline commit()
{
    if
    :: !held || is_committed -> held = false; committing = false
    :: else -> put_piece()
    fi
}

inline take_start()
{
#ifdef NO_HOLD_BACK
    if
    :: is_committed -> taken()
    :: else -> put_piece()
    fi
#else
    held = true; taken()
#endif
}

#define is_start(block) (block == start_block || block == stale_block)
#define can_write0     ((is_start(head) || head == rest0_block) && !wanted0)
#define can_write1     (head == rest1_block && !wanted1)
#define can_write_drive (head == drive_block && !wanted_drive)
#define can_commit     (committing && head == none && !is_wanted)
#ifdef ERASE_WITHOUT_WAITING
#define may_erase1     wanted1
#else
#define may_erase1     (wanted1 && !(wanted0 && (valid || op[0] == commit_top)))
#endif

#if BANKS == 1
#define may_erase_drive wanted_drive
#else
#define may_erase_drive (wanted_drive && !(wanted0 && op[0] != none && op[0] != erase0))
#endif

inline work_in_bank0()
{
    if
    :: can_write0 && head == start_block -> take_start()
    :: can_write0 && head == stale_block -> taken() /* its host is gone */
    :: can_write0 && head == rest0_block -> put_block(rest0, 0, write0)
    :: bank1 == 0 && can_write1 -> put_block(rest1, 0, write1)
    :: bank1 == 0 && can_write_drive -> put_on_drive(0)
    :: else ->
       if
       :: wanted0 -> erase_first()
       :: !wanted0 && bank1 == 0 && wanted1 -> op[0] = erase1
       :: bank1 == 0 && wanted_drive -> op[0] = erase_drive
       :: else -> if :: can_commit -> commit() :: else fi
       fi
    fi
}

#define has_work0 (can_write0 || wanted0 || can_commit || \
                   (bank1 == 0 && (can_write1 || wanted1 || can_write_drive || wanted_drive)))
#define has_work1 (can_write1 || can_write_drive || may_erase1 || may_erase_drive)

/* The main loop lets the flash begin what it can before it looks at the next request or the time;
 * with one bank it does not look at all while that works. */
#if BANKS == 1
#define answers (on && op[0] == none && (pending || !has_work0))
#else
#define answers (on && (pending || ((op[0] != none || !has_work0) && (op[1] != none || !has_work1))))
#endif

active proctype bank_0()
{
end:
    do
    :: atomic { op[0] != none -> finish(0) }
    :: atomic { on && op[0] == none && !pending && has_work0 -> work_in_bank0() DID_BEGIN(0) }
    od
}

#if BANKS == 2
active proctype bank_1()
{
end:
    do
    :: atomic { op[1] != none -> finish(1) }
    :: atomic { on && op[1] == none && !pending && has_work1 ->
       if
       :: can_write1 -> put_block(rest1, 1, write1)
       :: can_write_drive -> put_on_drive(1)
       :: else ->
          if
          :: may_erase1 -> op[1] = erase1
          :: may_erase_drive -> op[1] = erase_drive
          fi
       fi DID_BEGIN(1) }
    od
}
#endif

/* ---- boot/entry.c, boot/boot.c: what a reset leads to ---- */

inline boot(ordered)
{
    cancel();
    state = idle; data = false; complete = false; erasing = false; lost = true;
    if
    :: valid && !ordered -> phase = running; DID_START
    :: else -> phase = dfu DID_ENTER(ordered)
    fi
}

/* ---- boot/leave.c ---- */

inline settle()
{
    if
    :: complete -> complete = false; committing = true
    :: else
    fi
}

inline go_stale()
{
#ifdef KEEP_UNHEARD
    true
#else
    if :: head == start_block -> head = stale_block :: else fi;
    if :: second == start_block -> second = stale_block :: else fi
#endif
}

inline unfinished()
{
    settle();
#ifndef KEEP_UNFINISHED
    if
    :: committing
    :: !committing -> held = false; go_stale()
    fi
#endif
}

/* Time passes, and nobody asks: each of these may come at any moment that it can come at all. */
active proctype watch_idle()
{
end:
    do
#ifndef NO_QUIET_COMMIT
    :: atomic { answers && phase == dfu && is_quiet && (pending || complete) ->
       pending = false; settle() }
#endif
    :: atomic { answers && phase == dfu && is_quiet && is_idle && !pending && !complete && valid ->
       boot(false) }
    od
}

#ifdef LEAVE_WAITS_FOR_STATUS
#define may_go (state == wait_reset)
#else
#define may_go (state != error)
#endif

active proctype watch_leave()
{
end:
    do
#ifndef LEAVE_KEEPS_PENDING
    :: atomic { answers && phase == leaving && pending -> pending = false }
#endif
    :: atomic { answers && phase == leaving && is_idle ->
       if
       :: state != error && !valid -> fail()
       :: else
       fi;
       if
       :: state == error -> phase = dfu
       :: may_go -> boot(false)
       :: else
       fi }
    od
}

inline push(block)
{
    if
    :: head == none -> head = block
    :: else -> second = block
    fi
}

/* ---- boot/dfu.c, boot/command.c: requests, each with its answer ---- */

inline refuse()
{
    if
    :: pending -> fail()
    :: !pending && state != error && phase == dfu -> state = error
    :: else
    fi TOOK(refused)
}

#define takes (state == idle || state == dnload_idle)

/* erases: it is an erase. brings: it brings data. */
inline download(erases, brings)
{
    erasing = false; TELL(false);
    if :: data || erases -> complete = false :: else fi;
    pending = true; data = brings; state = sync
}

inline get_status()
{
    if
    :: state == sync -> state = busy; pending = false TOOK(heard)
    :: state == busy ->
       if :: is_full || (erasing && !is_idle) :: else -> state = dnload_idle fi; pending = false
    :: state == manifest_sync && is_idle -> state = wait_reset
    :: else
    fi
}

inline abort_transfer()
{
    if
    :: takes -> complete = complete || (state == dnload_idle && data); data = false; state = idle
       TOOK(abort)
    :: else -> refuse()
    fi
}

inline leave()
{
    if
    :: takes -> state = manifest_sync; committing = true; phase = leaving TOOK(leave);
#ifdef LEAVE_KEEPS_PENDING
       pending = false
#endif
    :: else -> refuse()
    fi
}

inline set_interface()
{
    unfinished();
#ifndef SESSION_KEEPS_PENDING
    pending = false;
#endif
    state = idle TOOK(set_interface)
}

inline bus_reset()
{
    if
    :: phase == dfu -> unfinished(); if :: state != error -> state = idle :: else fi
    :: else
    fi TOOK(bus_reset)
}

inline suspend()
{
    if
    :: phase == dfu && complete -> settle(); phase = leaving
    :: else
    fi TOOK(suspend)
}

/* ---- hosts ---- */

/* A request; instead, the host may also give up, and has to when the board is gone. */
#define ASK(what) if :: atomic { answers && !lost -> what } :: lost -> goto over :: goto over fi
#define DOWNLOAD(what) \
    if \
    :: atomic { answers && !lost && !is_full -> if :: takes -> what :: else -> refuse() fi } \
    :: lost -> goto over \
    :: goto over \
    fi; \
    do \
    :: atomic { answers && !lost -> get_status() }; \
       if :: state == dnload_idle -> break :: state == error || !on -> goto over :: else fi \
    :: lost -> goto over \
    :: goto over \
    od

#define ERASE0  DOWNLOAD(download(true, false); erasing = true; wanted0 = true TOOK(erase0))
#define ERASE1  DOWNLOAD(download(true, false); erasing = true; wanted1 = true TOOK(erase1))
#define ERASE   DOWNLOAD(download(true, false); erasing = true; wanted0 = true; wanted1 = true TOOK(erase_all))
#define PREPARE0 DOWNLOAD(download(true, false); wanted0 = true TOOK(prepare0))
#define PREPARE1 DOWNLOAD(download(true, false); wanted1 = true TOOK(prepare1))
#define DRIVE_ERASE DOWNLOAD(download(true, false); erasing = true; wanted_drive = true TOOK(drive_erase))
#define ADDRESS DOWNLOAD(download(false, false) TOOK(address))
#define BLOCK(block) DOWNLOAD(download(false, true); push(block); complete = false TOOK(block))
#define LAST(block, says) \
    DOWNLOAD(download(false, true); push(block); complete = true; TELL(says) TOOK(last_##block))
#define LAST_UNHEARD(block) ASK(if :: !is_full && takes -> \
    download(false, true); push(block); complete = true; TELL(true) TOOK(last_##block) \
    :: else fi)

/* How a session ends: leave, or nothing more, or an ABORT. */
#define END \
    if \
    :: ASK(abort_transfer()) \
    :: ASK(leave()); do :: ASK(get_status()) od \
    :: skip \
    fi; \
    goto over

active proctype host()
{
session:
    do
    :: phase == running -> atomic { phase == running -> boot(true); TELL(false) }
    :: atomic { answers -> bus_reset() }
    :: atomic { answers -> suspend() }
    :: answers -> break
#ifdef CUTS
    :: dead = true; goto gone
#endif
    od;
    atomic { BEGIN NOT_QUIET };
    ASK(set_interface());
    if
    :: ERASE0; BLOCK(start_block); BLOCK(rest0_block); ERASE1; /* as it comes, in order */
       if
       :: LAST(rest1_block, true)
       :: LAST_UNHEARD(rest1_block); goto over
       :: BLOCK(rest1_block); ASK(abort_transfer(); TELL(complete))
       fi; END
    :: ERASE; BLOCK(start_block); BLOCK(rest0_block); LAST(rest1_block, true); END
#if BANKS == 2
    :: PREPARE0; (lost || (op[0] != spoil && (!wanted0 || !valid))); /* dfukit waits 2 ms here */
       PREPARE1; BLOCK(rest0_block); BLOCK(rest1_block); BLOCK(start_block); ASK(leave()); END
#else
    :: ERASE0; ERASE1; BLOCK(rest0_block); BLOCK(rest1_block); BLOCK(start_block); ASK(leave()); END
#endif
#ifndef FEW
    :: ADDRESS; ASK(leave()); END                                        /* leave, nothing else */
    :: DRIVE_ERASE; BLOCK(drive_block); LAST(drive_block, false); END     /* the drive, short */
    :: DRIVE_ERASE; BLOCK(drive_block); ASK(abort_transfer()); END         /* the drive, whole */
    :: ASK(abort_transfer()); END                                        /* read, or look */
#endif
    fi;
over:
    goto session;
#ifdef CUTS
gone:
    skip
#endif
}

/* ---- the power ---- */

active proctype power()
{
end:
    do
#ifdef CUTS
    :: atomic { cuts > 0 -> cuts--; TELL(false) DID(cut); tear(0); tear(1); boot(false) }
    :: break
#else
    :: atomic { true DID(cut); tear(0); tear(1); boot(false) }
#endif
    od
}

#ifdef NEVER_SEEN /* an operation of which the runner wants to know that it occurs */
active proctype doubt()
{
end:
    atomic { op[0] == NEVER_SEEN || op[1] == NEVER_SEEN -> assert(false) }
}
#endif

#ifdef CUTS
/* Leave ends, in the application or where there is none in DFU mode, unless a host begins anew. */
ltl always_leaves { [] ((phase == leaving) -> <> (phase != leaving || again)) }

/* With nobody there, the board ends in its application, unless it has none. */
ltl no_dead_end { [] (dead -> <> (phase == running || !valid)) }

/* What was delivered whole is started, although nobody may have said leave, unless the power is cut. */
ltl is_started { [] ((delivered && dead) -> <> ((phase == running && top == new) || !delivered)) }
#endif

#ifdef TRACE
/* Nobody does anything any more; and then there is nothing that could be started. */
active proctype doldrums()
{
end:
    do
    :: atomic { !quiet DID(quiet); quiet = true }
    :: atomic { answers && phase == dfu && is_idle && !pending && !complete && !valid DID(stays) }
    od
}

never
{
    do
    :: !lost_track && !arrived
    :: arrived -> assert(false) /* the trace can be followed to its end */
    od
}
#endif
