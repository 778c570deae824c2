//! A file system that is soon full, for tests of what happens then.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// A small file system in memory, mounted as long as this lives.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Makes the directory and mounts so many kibibytes on it; `None` when this user may not mount.
    pub fn mount(at: &Path, kibibytes: u32) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let options = format!("size={kibibytes}k,mode=700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| SmallDisk(at.to_owned()))
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Leaves so many pages of 4 KiB free, as far as there are so many.
    pub fn fill(&self, free: u64) {
        let mut file = fs::File::create(self.filler()).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(free * 4096)).unwrap();
    }

    /// Takes away what filled it, if something did.
    pub fn clear(&self) {
        if !self.filler().exists() {
            return;
        }
        // Emptied first: a program that another test starts just now may hold the file open for a moment.
        fs::write(self.filler(), "").unwrap();
        fs::remove_file(self.filler()).unwrap();
    }

    /// Mounts it again with other options, such as `ro`.
    pub fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
