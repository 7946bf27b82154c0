// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Replaces the function that the kernel thread of lab_target sleeps in. */
#include <linux/livepatch.h>
#include <linux/module.h>

static noinline void lab_kthread_wait_fixed(void)
{
}

static struct klp_func functions[] = {
	{ .old_name = "lab_kthread_wait", .new_func = lab_kthread_wait_fixed }, {}
};
static struct klp_object objects[] = { { .name = "lab_target", .funcs = functions }, {} };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

static int lab_fix_kthread_init(void)
{
	return klp_enable_patch(&patch);
}

static void lab_fix_kthread_exit(void)
{
}

module_init(lab_fix_kthread_init);
module_exit(lab_fix_kthread_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Live patch of lab_kthread_wait");
