// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuka.ko: makes the kernel it is loaded into do one wrong thing, on request. For machines that may be lost.
 *
 * It loads only where the CPU reports a hypervisor and the parameter disposable=1 is given, which the lab's kernel
 * command line has (fuka.disposable=1, applied by modprobe and by fuka as PID 1) and a plain insmod does not.
 */
#define pr_fmt(fmt) "fuka: " fmt

#include "core.h"

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
		 "load although no hypervisor is reported: faults will crash real hardware");

static char init_fault[FUKA_NAME_BYTES];
module_param_string(init_fault, init_fault, sizeof(init_fault), 0444);
MODULE_PARM_DESC(init_fault, "do this fault in the module's own initialisation");

static char init_label[FUKA_LABEL_BYTES];
module_param_string(init_label, init_label, sizeof(init_label), 0444);
MODULE_PARM_DESC(init_label, "what the record calls it");

static unsigned long long init_args[FUKA_ARGS];
module_param_array(init_args, ullong, NULL, 0444);
MODULE_PARM_DESC(init_args, "its parameters, in the order of its table");

module_param_named(record_source, fuka_record_source, ushort, 0444);
MODULE_PARM_DESC(record_source, "the number of the source kmod in the recording");

static DEFINE_MUTEX(lock); /* of slots[], and held over arming, firing from a write, disarming */
static struct fuka_slot *slots[FUKA_SLOTS];
static bool pinned;

/* A fault that never comes back runs this module's text for ever. The mutex is held. */
static void pin(void)
{
	if (pinned)
		return;
	pinned = true;
	__module_get(THIS_MODULE);
}

static struct fuka_slot *slot_of(u32 id)
{
	return id >= 1 && id <= FUKA_SLOTS ? slots[id - 1] : NULL;
}

static int arm(struct fuka_arm *a, const void *owner)
{
	struct fuka_slot *s;
	u32 id;
	int err;

	for (id = 1; id <= FUKA_SLOTS && slots[id - 1]; id++)
		continue;
	if (id > FUKA_SLOTS) {
		pr_warn("not armed: %d faults are armed already, that is all there is room for\n", FUKA_SLOTS);
		return -ENOSPC;
	}
	err = fuka_slot_new(a, owner, &s);
	if (err)
		return err;
	s->arm.id = a->id = id;
	slots[id - 1] = s;
	if (s->fault->contexts & FUKA_NEVER_RETURNS && !(a->flags & FUKA_DRY_RUN)) {
		pr_notice("%s never returns: from now on the module cannot be unloaded\n", s->fault->name);
		pin();
	}
	err = fuka_slot_start(s);
	if (err) {
		slots[id - 1] = NULL;
		fuka_slot_end(s);
	}
	return err;
}

static int disarm(u32 id)
{
	struct fuka_slot *s = slot_of(id);
	int err = s ? fuka_slot_end(s) : -ENOENT;

	if (!err)
		slots[id - 1] = NULL;
	else if (err == -EBUSY)
		pin();
	return err;
}

/* --- the device --- */

static long ioctl_arm(struct file *file, void __user *user)
{
	struct fuka_arm a;
	long err;

	if (copy_from_user(&a, user, sizeof(a)))
		return -EFAULT;
	if (a.abi != FUKA_ABI) {
		pr_warn("not armed: the program speaks ABI %u, this module %u: use those of one version\n", a.abi,
			FUKA_ABI);
		return -EPROTO;
	}
	err = arm(&a, file);
	if (!err && copy_to_user(user, &a, sizeof(a))) {
		disarm(a.id);
		err = -EFAULT;
	}
	return err;
}

static long ioctl_fire(void __user *user)
{
	struct fuka_slot *s;
	u32 id;

	if (get_user(id, (u32 __user *)user))
		return -EFAULT;
	s = slot_of(id);
	if (!s)
		return -ENOENT;
	if (s->arm.trigger != FUKA_ON_WRITE)
		return -EINVAL;
	fuka_hit(s, NULL, NULL);
	return 0;
}

static long ioctl_disarm(void __user *user)
{
	u32 id;

	return get_user(id, (u32 __user *)user) ? -EFAULT : disarm(id);
}

static long ioctl_status(void __user *user)
{
	struct fuka_status st;
	struct fuka_slot *s;

	if (copy_from_user(&st, user, sizeof(st)))
		return -EFAULT;
	s = slot_of(st.id);
	if (!s)
		return -ENOENT;
	st = (struct fuka_status){
		.id = st.id,
		.stuck = s->stuck,
		.hits = atomic64_read(&s->hits),
		.fired = atomic64_read(&s->fired),
		.done = atomic64_read(&s->done),
		.taken_bytes = atomic64_read(&s->taken_bytes),
	};
	return copy_to_user(user, &st, sizeof(st)) ? -EFAULT : 0;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	long err;

	if (mutex_lock_interruptible(&lock))
		return -ERESTARTSYS;
	switch (command) {
	case FUKA_IOC_ARM:
		err = ioctl_arm(file, user);
		break;
	case FUKA_IOC_FIRE:
		err = ioctl_fire(user);
		break;
	case FUKA_IOC_DISARM:
		err = ioctl_disarm(user);
		break;
	case FUKA_IOC_STATUS:
		err = ioctl_status(user);
		break;
	case FUKA_IOC_GIVE_BACK:
		fuka_memory_give_back();
		err = 0;
		break;
	default:
		err = -ENOTTY;
	}
	mutex_unlock(&lock);
	return err;
}

static size_t slot_line(const struct fuka_slot *s, char *buf, size_t size)
{
	return scnprintf(buf, size, "slot=%u id=%s fault=%s hits=%lld fired=%lld done=%lld taken_bytes=%lld stuck=%s\n",
			 s->arm.id, *s->arm.label ? s->arm.label : "-", s->arm.fault,
			 (long long)atomic64_read(&s->hits), (long long)atomic64_read(&s->fired),
			 (long long)atomic64_read(&s->done), (long long)atomic64_read(&s->taken_bytes),
			 s->stuck ? "yes" : "no");
}

static ssize_t device_read(struct file *file, char __user *user, size_t size, loff_t *at)
{
	char *text = kmalloc((FUKA_SLOTS + 1) * LINE_BYTES, GFP_KERNEL);
	size_t n, i;
	ssize_t r;

	if (!text)
		return -ENOMEM;
	mutex_lock(&lock);
	n = scnprintf(text, LINE_BYTES, "module=fuka abi=%u taken_bytes=%llu record=%s unload=%s\n", FUKA_ABI,
		      fuka_memory_taken(), fuka_lane_is_open() ? "lane" : "log",
		      pinned ? "\"refused: a fault that does not come back runs its code\"" : "possible");
	for (i = 0; i < FUKA_SLOTS; i++)
		if (slots[i])
			n += slot_line(slots[i], text + n, LINE_BYTES);
	mutex_unlock(&lock);
	r = simple_read_from_buffer(user, size, at, text, n);
	kfree(text);
	return r;
}

/* Whatever this file armed is disarmed: a controller that was killed leaves nothing armed. */
static int device_release(struct inode *inode, struct file *file)
{
	u32 id;

	mutex_lock(&lock);
	for (id = FUKA_SLOTS; id >= 1; id--)
		if (slot_of(id) && slot_of(id)->owner == file)
			disarm(id);
	mutex_unlock(&lock);
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
		pr_err("not loaded: this machine is not marked as one that may be lost. Boot it with fuka.disposable=1 "
		       "and use modprobe, or give disposable=1 yourself\n");
		return -EPERM;
	}
	if (!under_hypervisor() && !crash_this_physical_machine) {
		pr_err("not loaded: the CPU reports no hypervisor, so this is somebody's real machine. "
		       "crash_this_physical_machine=1 loads it all the same, and crashes it\n");
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

static int __init fuka_init(void)
{
	int err = may_load();

	if (err)
		return err;
	fuka_lane_open();
	err = misc_register(&device);
	if (!err) {
		mutex_lock(&lock);
		err = do_init_fault();
		mutex_unlock(&lock);
		if (err)
			misc_deregister(&device);
	}
	if (err)
		fuka_lane_close();
	return err;
}

/* No file is open and nothing is stuck, or we would not be here: what module initialisation armed is all there can be.
 */
static void __exit fuka_exit(void)
{
	u32 id;

	misc_deregister(&device);
	for (id = FUKA_SLOTS; id >= 1; id--)
		if (slot_of(id))
			disarm(id);
	fuka_memory_give_back();
	rcu_barrier(); /* the family lockup's callback */
	fuka_lane_close();
}

module_init(fuka_init);
module_exit(fuka_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("fault injection into disposable machines: softirq, interrupt and task contexts");
MODULE_VERSION("0.1");
MODULE_INFO(fuka_abi, __stringify(FUKA_ABI));
