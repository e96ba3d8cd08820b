#!/usr/bin/env bash
# Boots a real systemd over a throw-away copy of this machine's files and runs one unit in it.
#
#   unshare --mount --pid --fork --uts --ipc --net --cgroup systemd_machine.sh FOLDER UNIT
#
# FOLDER is seen inside as /trial; UNIT, a file in it, is what the machine is booted for, and ends it.
# Nothing outside of FOLDER changes. The network is a loopback of its own. Ends with 77 where the mounts
# of such a machine are not allowed.
set -euo pipefail
trap 'exit 77' ERR
shared=$1 unit=$2
mount --make-rprivate /
base=$(mktemp -d)
mount -t tmpfs tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root"
root=$base/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
if grep -q '^0::' /proc/self/cgroup && ! grep -q ':name=systemd:' /proc/self/cgroup; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else  # cgroups of version 1 with systemd's own hierarchy
  mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
  mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
  mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
fi
mount -t tmpfs tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm" "$root/trial"
mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm"
mount --bind "$shared" "$root/trial"
find "$root/etc/systemd/system" -name '*.wants' -prune -exec rm -r {} +
cp "$shared/$unit" "$root/etc/systemd/system/"
ip link set lo up
mkdir "$root/outside"
cd "$root"
pivot_root . outside  # not chroot: inside of one nobody may make a user namespace
umount --lazy /outside
mount --make-rshared /  # or the credentials that systemd mounts never reach their service
exec env -i container=docker PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit="$unit" --show-status=false --log-target=journal
