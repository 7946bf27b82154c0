// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Something to patch: a function in which a kernel thread sleeps, and one in which a reader of /proc/lab_read does, each for as
 * long as its parameter `hold_…` is 1. Both sleep in state D, where neither a signal nor the kernel's nudge reaches them.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>

static int hold_kthread;
module_param(hold_kthread, int, 0644);
static int hold_read;
module_param(hold_read, int, 0644);

static struct task_struct *thread;

noinline void lab_kthread_wait(void);
noinline void lab_kthread_wait(void)
{
	while (READ_ONCE(hold_kthread) && !kthread_should_stop())
		schedule_timeout_uninterruptible(HZ / 10);
}

noinline ssize_t lab_read_wait(size_t count);
noinline ssize_t lab_read_wait(size_t count)
{
	while (READ_ONCE(hold_read))
		schedule_timeout_uninterruptible(HZ / 10);
	return 0;
}

static int lab_loop(void *unused)
{
	while (!kthread_should_stop()) {
		lab_kthread_wait();
		schedule_timeout_interruptible(HZ / 10);
	}
	return 0;
}

static ssize_t lab_read(struct file *file, char __user *buffer, size_t count, loff_t *offset)
{
	return lab_read_wait(count);
}

static const struct proc_ops lab_read_ops = { .proc_read = lab_read };

static int __init lab_target_init(void)
{
	if (!proc_create("lab_read", 0444, NULL, &lab_read_ops))
		return -ENOMEM;
	thread = kthread_run(lab_loop, NULL, "lab-kthread");
	if (IS_ERR(thread)) {
		remove_proc_entry("lab_read", NULL);
		return PTR_ERR(thread);
	}
	return 0;
}

static void __exit lab_target_exit(void)
{
	kthread_stop(thread);
	remove_proc_entry("lab_read", NULL);
}

module_init(lab_target_init);
module_exit(lab_target_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("Something to patch");
