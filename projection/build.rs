//! The migrations are embedded; cargo must look at them too.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
