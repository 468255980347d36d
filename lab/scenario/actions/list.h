/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The actions of a timeline's entries. ACTION(NAME, name): the enum is ACTION_NAME, lab/scenario/actions/name.c has
 * action_name. Help shows them in this order. No include guard: included once per expansion.
 */
ACTION(LOAD, load)
ACTION(RUN, run)
ACTION(WRITE, write)
ACTION(FAULT, fault)
ACTION(SEND, send)
ACTION(STOP, stop)
ACTION(HOST, host)
