//! Rotation: decided by a pure planner, carried out in steps that may be repeated.
//!
//! The planner reads no clock and touches no disk: [`decide_leaf`] and [`decide_authority`] say what is due and why; [`perform`] carries
//! it out for a leaf. [`rollover`] takes a Namespace from one CA to another; [`compromise`] says what a
//! leaked key means and who else would be hit by shutting it out.

mod authority;
pub mod compromise;
mod leaf;
mod moment;
pub mod perform;
pub mod rollover;
mod trust;

pub use authority::AuthorityPolicy;
pub use authority::AuthorityReason;
pub use authority::AuthorityState;
pub use authority::AuthorityStep;
pub use authority::Successor;
pub use authority::decide as decide_authority;
pub use leaf::Failures;
pub use leaf::LeafPolicy;
pub use leaf::LeafReason;
pub use leaf::LeafState;
pub use leaf::LeafStep;
pub use leaf::decide as decide_leaf;
pub use leaf::identity;
pub use trust::Anchored;
pub use trust::Ends;
pub use trust::Trust;
