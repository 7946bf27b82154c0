// SPDX-License-Identifier: Apache-2.0
/*
 * A process of two threads, of which the one that is not the leader sleeps in vfork until its child ends; the child sleeps
 * until somebody ends it. Prints that thread's id.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *worker(void *unused)
{
	prctl(PR_SET_NAME, "lab-worker");
	printf("%ld\n", syscall(SYS_gettid));
	fflush(stdout);
	if (vfork() == 0) {
		for (;;)
			syscall(SYS_pause);
	}
	return unused;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, worker, NULL);
	pthread_join(thread, NULL);
	return 0;
}
