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
 * Every other word that is tested for takes a rule away: with it, the checks have to fail. */
#ifndef BANKS
#define BANKS 2
#endif

mtype = { old, new, blank, torn, zero };                     /* contents */
mtype = { start_block, stale_block, rest0_block, rest1_block, drive_block }; /* what a DNLOAD brings */
mtype = { none, spoil, clear, erase0, erase1, write0, write1, write_drive,
          commit_entry, commit_low, commit_top };            /* operations of the flash */
mtype = { idle, sync, busy, dnload_idle, manifest_sync, wait_reset, error }; /* boot->state */
mtype = { dfu, leaving, running };                           /* boot->phase */

mtype entry = old, low = old, top = old, rest0 = old, rest1 = old;
mtype op[2] = none;
mtype state = idle, phase = dfu;
bool pending, data, complete, erasing, held, committing, wanted0, wanted1;
mtype head = none, second = none; /* blocks that wait for the flash */
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
#define is_idle (head == none && !wanted0 && !wanted1 && !committing && op[0] == none && op[1] == none)
#define on      (phase == dfu || phase == leaving)

#if BANKS == 1
#define bank1   0
#else
#define bank1   1
#endif

/* ---- the flash ---- */

inline finish(b)
{
    if
    :: op[b] == spoil -> top = zero; op[b] = none
    :: op[b] == clear -> all_to(zero); op[b] = erase0
    :: op[b] == erase0 -> all_to(blank); rest0 = blank; wanted0 = false;
       op[b] = none; pending = pending || (BANKS == 1 && wanted1)
    :: op[b] == erase1 -> rest1 = blank; wanted1 = false; op[b] = none;
       pending = pending || (BANKS == 1 && wanted0)
    :: op[b] == write0 -> rest0 = new; op[b] = none
    :: op[b] == write1 -> rest1 = new; op[b] = none
    :: op[b] == write_drive -> op[b] = none
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
    :: op[b] == none || op[b] == write_drive
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
    :: op[b] == write0 -> part(rest0, new)
    :: op[b] == write1 -> part(rest1, new)
    :: op[b] == commit_entry -> part(entry, new)
    :: op[b] == commit_low -> part(low, new)
    :: op[b] == commit_top -> part(top, new)
    fi;
    op[b] = none
}

/* ---- boot/work.c ---- */

inline cancel()
{
    head = none; second = none;
    wanted0 = false; wanted1 = false; held = false; committing = false; pending = false
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
#if BANKS == 1 && !defined(NO_CLEAR)
       op[0] = clear
#else
       op[0] = erase0
#endif
    fi
}

inline taken()
{
    head = second; second = none
}

/* Programs what is erased; goes on where it stands already; fails else. */
inline put_block(content, b, operation)
{
    if
    :: content == new -> taken()
    :: content == blank -> op[b] = operation
    :: else -> fail()
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
#define can_commit     (committing && head == none && !wanted0 && !wanted1)
#ifdef ERASE_WITHOUT_WAITING
#define may_erase1     wanted1
#else
#define may_erase1     (wanted1 && !(wanted0 && (valid || op[0] == commit_top)))
#endif

inline work_in_bank0()
{
    if
    :: can_write0 && head == start_block -> take_start()
    :: can_write0 && head == stale_block -> taken() /* its host is gone */
    :: can_write0 && head == rest0_block -> put_block(rest0, 0, write0)
    :: bank1 == 0 && can_write1 -> put_block(rest1, 0, write1)
    :: bank1 == 0 && head == drive_block -> taken(); op[0] = write_drive
    :: else ->
       if
       :: wanted0 -> erase_first()
       :: !wanted0 && bank1 == 0 && wanted1 -> op[0] = erase1
       :: else -> if :: can_commit -> commit() :: else fi
       fi
    fi
}

#define has_work0 (can_write0 || wanted0 || can_commit || \
                   (bank1 == 0 && (can_write1 || wanted1 || head == drive_block)))
#define has_work1 (can_write1 || head == drive_block || may_erase1)

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
    :: atomic { on && op[0] == none && !pending && has_work0 -> work_in_bank0() }
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
       :: head == drive_block -> taken(); op[1] = write_drive
       :: else -> op[1] = erase1
       fi }
    od
}
#endif

/* ---- boot/entry.c, boot/boot.c: what a reset leads to ---- */

inline boot(ordered)
{
    cancel();
    state = idle; data = false; complete = false; erasing = false; lost = true;
    if
    :: valid && !ordered -> phase = running; assert(whole)
    :: else -> phase = dfu
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
    :: atomic { answers && phase == dfu && (pending || complete) -> pending = false; settle() }
#endif
    :: atomic { answers && phase == dfu && is_idle && !pending && !complete && valid -> boot(false) }
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
    fi
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
    :: state == sync -> state = busy; pending = false
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
    :: else -> refuse()
    fi
}

inline leave()
{
    if
    :: takes -> state = manifest_sync; committing = true; phase = leaving;
#ifdef LEAVE_KEEPS_PENDING
       pending = false
#endif
    :: else -> refuse()
    fi
}

inline set_interface()
{
    unfinished(); pending = false; state = idle
}

inline bus_reset()
{
    if
    :: phase == dfu -> unfinished(); if :: state != error -> state = idle :: else fi
    :: else
    fi
}

inline suspend()
{
    if
    :: phase == dfu && complete -> settle(); phase = leaving
    :: else
    fi
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

#define ERASE0  DOWNLOAD(download(true, false); erasing = true; wanted0 = true)
#define ERASE1  DOWNLOAD(download(true, false); erasing = true; wanted1 = true)
#define ERASE   DOWNLOAD(download(true, false); erasing = true; wanted0 = true; wanted1 = true)
#define PREPARE0 DOWNLOAD(download(true, false); wanted0 = true)
#define PREPARE1 DOWNLOAD(download(true, false); wanted1 = true)
#define DRIVE_ERASE DOWNLOAD(download(true, false))
#define ADDRESS DOWNLOAD(download(false, false))
#define BLOCK(block) DOWNLOAD(download(false, true); push(block); complete = false)
#define LAST(block, says) \
    DOWNLOAD(download(false, true); push(block); complete = true; TELL(says))
#define LAST_UNHEARD(block) ASK(if :: !is_full && takes -> \
    download(false, true); push(block); complete = true; TELL(true) :: else fi)

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
    atomic { BEGIN };
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
    :: atomic { cuts > 0 -> cuts--; TELL(false); tear(0); tear(1); boot(false) }
    :: break
#else
    :: atomic { true -> tear(0); tear(1); boot(false) }
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
