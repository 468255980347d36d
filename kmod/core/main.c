// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuka.ko makes the running kernel do one wrong thing, on request. It is for disposable machines.
 *
 * It loads only if the CPU reports a hypervisor and the parameter disposable=1 is given, which is on the lab's kernel
 * command line (fuka.disposable=1, applied by modprobe and by fuka as PID 1) but is not given by a plain insmod.
 */
#define pr_fmt(fmt) "fuka: " fmt

#include "lib/base/version.h"
#include "kmod/core/core.h"

#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#ifdef CONFIG_X86
#include <asm/cpufeature.h>
#endif

#define LINE_BYTES 320

static bool disposable;
module_param(disposable, bool, 0444);
MODULE_PARM_DESC(disposable, "this machine may be lost at any moment; without it the module does not load");

static bool crash_this_physical_machine;
module_param(crash_this_physical_machine, bool, 0444);
MODULE_PARM_DESC(crash_this_physical_machine,
		 "load even if no hypervisor is reported: faults will crash real hardware");

static char init_fault[FUKA_NAME_BYTES];
module_param_string(init_fault, init_fault, sizeof(init_fault), 0444);
MODULE_PARM_DESC(init_fault, "fault to trigger in the module's own initialisation");

static char init_label[FUKA_LABEL_BYTES];
module_param_string(init_label, init_label, sizeof(init_label), 0444);
MODULE_PARM_DESC(init_label, "its label in the record");

static unsigned long long init_args[FUKA_ARGS];
module_param_array(init_args, ullong, NULL, 0444);
MODULE_PARM_DESC(init_args, "its parameters, in the order of its table");

module_param_named(record_source, fuka_record_source, ushort, 0444);
MODULE_PARM_DESC(record_source, "the number of the source kmod in the recording");

/*
 * Protects slots[] and main.c's members of a slot. It is never held while a fault acts, is set up or is torn down: the
 * slot is marked busy meanwhile, and no other caller may set up, fire or tear it down.
 */
static DEFINE_MUTEX(lock);
static struct fuka_slot *slots[FUKA_SLOTS];

/* A fault that has not returned still executes this module's code. Call with the mutex held. */
static void pin(struct fuka_slot *s)
{
	if (!s->pinned)
		__module_get(THIS_MODULE);
	s->pinned = true;
}

static struct fuka_slot *slot_of(u32 id)
{
	return id >= 1 && id <= FUKA_SLOTS ? slots[id - 1] : NULL;
}

static int new_slot(struct fuka_arm *a, const void *owner, struct fuka_slot **out)
{
	struct fuka_slot *s;
	u32 id;
	int err;

	for (id = 1; id <= FUKA_SLOTS && slots[id - 1]; id++)
		continue;
	if (id > FUKA_SLOTS) {
		pr_warn("not armed: %d faults are armed already, which is the maximum\n", FUKA_SLOTS);
		return -ENOSPC;
	}
	err = fuka_slot_new(a, owner, &s);
	if (err)
		return err;
	s->arm.id = a->id = id;
	s->busy = true;
	if (s->fault->contexts & FUKA_NEVER_RETURNS && !(a->flags & FUKA_DRY_RUN)) {
		pr_notice("%s never returns: while it is armed the module cannot be unloaded\n", s->fault->name);
		pin(s);
	}
	*out = slots[id - 1] = s;
	return 0;
}

/* Tears down a slot that the caller has marked busy. */
static int end_slot(struct fuka_slot *s, bool interruptible)
{
	int err = fuka_slot_end(s, interruptible);

	mutex_lock(&lock);
	s->busy = false;
	if (err == -EBUSY)
		pin(s);
	else if (!err)
		slots[s->arm.id - 1] = NULL;
	mutex_unlock(&lock);
	if (err)
		return err;
	if (s->pinned)
		module_put(THIS_MODULE);
	fuka_slot_free(s);
	return 0;
}

static int arm(struct fuka_arm *a, const void *owner)
{
	struct fuka_slot *s;
	int err;

	if (mutex_lock_interruptible(&lock))
		return -ERESTARTSYS;
	err = new_slot(a, owner, &s);
	mutex_unlock(&lock);
	if (err)
		return err;
	err = fuka_slot_start(s);
	if (err) {
		end_slot(s, false);
		return err;
	}
	mutex_lock(&lock);
	s->busy = false;
	mutex_unlock(&lock);
	return 0;
}

static int disarm(u32 id, bool interruptible)
{
	struct fuka_slot *s;
	int err;

	if (mutex_lock_interruptible(&lock))
		return -ERESTARTSYS;
	s = slot_of(id);
	err = !s ? -ENOENT : s->busy ? -EALREADY : 0;
	if (!err)
		s->busy = true;
	mutex_unlock(&lock);
	return err ? err : end_slot(s, interruptible);
}

/* --- the device --- */

static long ioctl_arm(struct file *file, void __user *user)
{
	struct fuka_arm a;
	long err;

	if (copy_from_user(&a, user, sizeof(a)))
		return -EFAULT;
	if (a.abi != FUKA_ABI) {
		pr_warn("not armed: the program has ABI %u, this module %u: use both from one version\n", a.abi,
			FUKA_ABI);
		return -EPROTO;
	}
	err = arm(&a, file);
	if (!err && copy_to_user(user, &a, sizeof(a))) {
		disarm(a.id, false);
		err = -EFAULT;
	}
	return err;
}

static long ioctl_fire(void __user *user)
{
	struct fuka_slot *s;
	u32 id;
	int err;

	if (get_user(id, (u32 __user *)user))
		return -EFAULT;
	if (mutex_lock_interruptible(&lock))
		return -ERESTARTSYS;
	s = slot_of(id);
	err = !s || s->busy ? -ENOENT : s->arm.trigger != FUKA_ON_WRITE ? -EINVAL : 0;
	if (!err)
		fuka_slot_hold(s);
	mutex_unlock(&lock);
	if (err)
		return err;
	fuka_hit(s, NULL, NULL);
	fuka_slot_let_go(s);
	return 0;
}

static long ioctl_disarm(void __user *user)
{
	u32 id;

	return get_user(id, (u32 __user *)user) ? -EFAULT : disarm(id, true);
}

static long ioctl_status(void __user *user)
{
	struct fuka_status st;
	struct fuka_slot *s;

	if (copy_from_user(&st, user, sizeof(st)))
		return -EFAULT;
	if (mutex_lock_interruptible(&lock))
		return -ERESTARTSYS;
	s = slot_of(st.id);
	if (s)
		st = (struct fuka_status){
			.id = st.id,
			.stuck = s->stuck,
			.hits = atomic64_read(&s->hits),
			.fired = atomic64_read(&s->fired),
			.done = atomic64_read(&s->done),
			.taken_bytes = atomic64_read(&s->taken_bytes),
		};
	mutex_unlock(&lock);
	if (!s)
		return -ENOENT;
	return copy_to_user(user, &st, sizeof(st)) ? -EFAULT : 0;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (command) {
	case FUKA_IOC_ARM:
		return ioctl_arm(file, user);
	case FUKA_IOC_FIRE:
		return ioctl_fire(user);
	case FUKA_IOC_DISARM:
		return ioctl_disarm(user);
	case FUKA_IOC_STATUS:
		return ioctl_status(user);
	case FUKA_IOC_GIVE_BACK:
		fuka_memory_give_back();
		return 0;
	default:
		return -ENOTTY;
	}
}

static size_t slot_line(const struct fuka_slot *s, char *buf, size_t size)
{
	return scnprintf(buf, size, "slot=%u id=%s fault=%s hits=%lld fired=%lld done=%lld taken_bytes=%lld stuck=%s\n",
			 s->arm.id, *s->arm.label ? s->arm.label : "-", s->arm.fault,
			 (long long)atomic64_read(&s->hits), (long long)atomic64_read(&s->fired),
			 (long long)atomic64_read(&s->done), (long long)atomic64_read(&s->taken_bytes),
			 s->stuck ? "yes" : "no");
}

static size_t all_lines(char *text)
{
	bool pinned = false;
	size_t n, i;

	for (i = 0; i < FUKA_SLOTS; i++)
		pinned = pinned || (slots[i] && slots[i]->pinned);
	n = scnprintf(text, LINE_BYTES, "module=fuka abi=%u taken_bytes=%llu record=%s unload=%s\n", FUKA_ABI,
		      fuka_memory_taken(), fuka_lane_is_open() ? "lane" : "log",
		      pinned ? "\"refused: a fault that has not returned executes its code\"" : "possible");
	for (i = 0; i < FUKA_SLOTS; i++)
		if (slots[i])
			n += slot_line(slots[i], text + n, LINE_BYTES);
	return n;
}

static ssize_t device_read(struct file *file, char __user *user, size_t size, loff_t *at)
{
	char *text = kmalloc((FUKA_SLOTS + 1) * LINE_BYTES, GFP_KERNEL);
	ssize_t r = -ERESTARTSYS;
	size_t n;

	if (!text)
		return -ENOMEM;
	if (!mutex_lock_interruptible(&lock)) {
		n = all_lines(text);
		mutex_unlock(&lock);
		r = simple_read_from_buffer(user, size, at, text, n);
	}
	kfree(text);
	return r;
}

/*
 * Disarms what this file armed, so that a controller that was killed leaves nothing armed. All faults are stopped
 * before the first is waited for. A fault that did not return when it was disarmed before is tried again.
 */
static int device_release(struct inode *inode, struct file *file)
{
	struct fuka_slot *ours[FUKA_SLOTS];
	int n = 0, i;

	mutex_lock(&lock);
	for (i = FUKA_SLOTS - 1; i >= 0; i--) {
		struct fuka_slot *s = slots[i];

		if (!s || (s->owner != file && !s->stopping))
			continue;
		if (s->owner == file)
			s->owner = NULL;
		if (s->busy)
			continue;
		s->busy = true;
		ours[n++] = s;
	}
	mutex_unlock(&lock);
	for (i = 0; i < n; i++)
		fuka_slot_stop(ours[i]);
	for (i = 0; i < n; i++)
		end_slot(ours[i], false);
	return 0;
}

static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.read = device_read,
	.release = device_release,
	.llseek = default_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "fuka",
	.fops = &device_operations,
	.mode = 0600,
};

/* --- the module --- */

static bool under_hypervisor(void)
{
#ifdef CONFIG_X86
	return boot_cpu_has(X86_FEATURE_HYPERVISOR);
#else
	return false;
#endif
}

static int may_load(void)
{
	if (!disposable) {
		pr_err("not loaded: this machine is not marked as disposable. Boot it with fuka.disposable=1 "
		       "and use modprobe, or give the parameter disposable=1\n");
		return -EPERM;
	}
	if (!under_hypervisor() && !crash_this_physical_machine) {
		pr_err("not loaded: the CPU reports no hypervisor, so this is a physical machine. "
		       "crash_this_physical_machine=1 loads it all the same, and faults will crash it\n");
		return -EPERM;
	}
	return 0;
}

static int do_init_fault(void)
{
	struct fuka_arm a = {
		.abi = FUKA_ABI,
		.context = FUKA_INIT,
		.trigger = FUKA_ON_WRITE,
		.probability = 100,
		.interval = 1,
		.times = 1,
	};
	int err, i;

	if (!*init_fault)
		return 0;
	strscpy(a.fault, init_fault, sizeof(a.fault));
	strscpy(a.label, init_label, sizeof(a.label));
	for (i = 0; i < FUKA_ARGS; i++)
		a.arg[i] = init_args[i];
	err = arm(&a, NULL);
	if (!err)
		fuka_hit(slot_of(a.id), NULL, NULL);
	return err;
}

/*
 * No file is open and nothing is stuck, so only the fault of module initialisation can be armed. It must be disarmed.
 */
static void take_down(void)
{
	u32 id;

	for (id = FUKA_SLOTS; id >= 1; id--)
		while (slot_of(id) && disarm(id, false))
			msleep(100);
	fuka_memory_give_back();
	fuka_alloc_exit();
	rcu_barrier(); /* for the callback of the family lockup */
	fuka_lane_close();
}

/* The device is registered last, because a failed initialisation frees the module even while the device is open. */
static int __init fuka_init(void)
{
	int err = may_load();

	if (err)
		return err;
	fuka_lane_open();
	err = do_init_fault();
	if (!err)
		err = misc_register(&device);
	if (err)
		take_down();
	return err;
}

static void __exit fuka_exit(void)
{
	misc_deregister(&device);
	take_down();
}

module_init(fuka_init);
module_exit(fuka_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("fault injection into disposable machines: softirq, interrupt and task contexts");
MODULE_VERSION(FUKA_VERSION);
MODULE_INFO(fuka_abi, __stringify(FUKA_ABI));
