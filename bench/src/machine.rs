//! What is read of the machine and of this process, and the core that it is kept on.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// Keeps this process on one core. Before there are other threads: they inherit it.
pub fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).expect("a core to be kept on");
}

/// How many cores there are.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The time of the processor, in seconds, that all threads but this one have used.
pub fn time_of_other_threads() -> f64 {
    seconds(ClockId::ProcessCPUTime) - seconds(ClockId::ThreadCPUTime)
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The memory of this process that is in use, in KiB.
pub fn memory() -> f64 {
    of_status("VmRSS:")
}

/// How many threads this process has.
pub fn threads() -> usize {
    of_status("Threads:") as usize
}

fn of_status(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of it");
    line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
}

/// How many descriptors this process has open.
pub fn descriptors() -> usize {
    // One of them is that of the folder.
    fs::read_dir("/proc/self/fd").expect("/proc").count() - 1
}

/// Raises the soft limit of descriptors to the hard one; returns it.
pub fn raise_descriptors() -> u64 {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("the hard limit");
    maximum.unwrap_or(u64::MAX)
}

/// The machine in one line.
pub fn described() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let processor = processor.map_or("?", |text| text.trim_start_matches([' ', '\t', ':']));
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let memory = memory.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    let memory = memory.unwrap_or_default() / 1024.0 / 1024.0;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let (cores, kernel) = (cores(), kernel.trim());
    format!("{processor}, {cores} cores, {memory:.0} GiB, Linux {kernel}")
}

/// How many processes wanted a core during the last minute.
pub fn load() -> f64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().and_then(|part| part.parse().ok()).unwrap_or_default()
}
