// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Replaces the function that a reader of /proc/lab_read sleeps in; the new one sleeps as well, while its own `hold` is 1. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/sched.h>

static int hold;
module_param(hold, int, 0644);

static noinline ssize_t lab_read_wait_fixed(size_t count)
{
	while (READ_ONCE(hold))
		schedule_timeout_uninterruptible(HZ / 10);
	return 0;
}

static struct klp_func functions[] = {
	{ .old_name = "lab_read_wait", .new_func = lab_read_wait_fixed }, {}
};
static struct klp_object objects[] = { { .name = "lab_target", .funcs = functions }, {} };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

static int lab_fix_read_init(void)
{
	return klp_enable_patch(&patch);
}

static void lab_fix_read_exit(void)
{
}

module_init(lab_fix_read_init);
module_exit(lab_fix_read_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Live patch of lab_read_wait");
