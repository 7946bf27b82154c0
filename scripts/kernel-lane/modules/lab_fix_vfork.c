// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Replaces the vfork system call of vmlinux, in which a parent sleeps until its child has started a program or ended. */
#include <linux/kprobes.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

/* Not exported, so its address is asked of a kprobe. */
static pid_t (*clone_kernel)(struct kernel_clone_args *args);

static noinline long lab_sys_vfork(const struct pt_regs *registers)
{
	struct kernel_clone_args args = { .flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD };

	return clone_kernel(&args);
}

static struct klp_func functions[] = {
	{ .old_name = "__x64_sys_vfork", .new_func = lab_sys_vfork }, {}
};
static struct klp_object objects[] = { { .funcs = functions }, {} };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

static int lab_fix_vfork_init(void)
{
	struct kprobe probe = { .symbol_name = "kernel_clone" };
	int error = register_kprobe(&probe);

	if (error)
		return error;
	clone_kernel = (void *)probe.addr;
	unregister_kprobe(&probe);
	return klp_enable_patch(&patch);
}

static void lab_fix_vfork_exit(void)
{
}

module_init(lab_fix_vfork_init);
module_exit(lab_fix_vfork_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Live patch of the vfork system call");
