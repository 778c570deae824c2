//! A rollover from one CA to another in which nobody is locked out: planned, carried out in steps that may be repeated, taken back.
//!
//! [`plan`] judges before anything happens. [`apply`] holds the rules of the road: which step may follow which, and that the old CA
//! goes only when no live leaf depends on it alone ([`Rollover::may_commit`]). [`status`] says where it stands.

mod apply;
mod command;
mod conduct;
mod gate;
mod generations;
mod hazard;
mod leaves;
mod plan;
mod recorded;
mod refusal;
mod reissue;
mod state;
mod status;
mod step;
mod store;

pub use apply::CLOCK_TOLERANCE;
pub use apply::Event;
pub use apply::apply;
pub use command::BundleChange;
pub use command::Tool;
pub use command::ToolCommand;
pub use command::confirm as confirm_commands;
pub use command::publish as publish_commands;
pub use conduct::ConductError;
pub use conduct::Conductor;
pub use conduct::Standing;
pub use conduct::note_all;
pub use gate::Dependant;
pub use gate::Use;
pub use generations::Generations;
pub use generations::LinkedGenerations;
pub use hazard::Capacity;
pub use hazard::Hazard;
pub use leaves::FoundLeaf;
pub use leaves::leaves_of;
pub use plan::InventoryLeaf;
pub use plan::NoPlan;
pub use plan::Plan;
pub use plan::PlanInput;
pub use plan::Texts;
pub use plan::plan;
pub use recorded::LEDGER_ALONE;
pub use recorded::RecordedLeaf;
pub use recorded::recorded_leaves_of;
pub use refusal::Refusal;
pub use reissue::Ready;
pub use reissue::Reissue;
pub use reissue::Reissued;
pub use state::Authority;
pub use state::CertificateId;
pub use state::Leaf;
pub use state::LeafCertificate;
pub use state::Mode;
pub use state::OpenRequest;
pub use state::Phase;
pub use state::Replaced;
pub use state::ResourceVersion;
pub use state::Rollover;
pub use state::SETTLING;
pub use state::Side;
pub use status::LeafRow;
pub use status::Moment;
pub use status::Stage;
pub use status::Status;
pub use status::status;
pub use step::AFTER;
pub use step::BOTH;
pub use step::DEAD;
pub use step::NEW;
pub use step::OLD;
pub use step::PlannedStep;
pub use step::StepKind;
pub use store::Record;
pub use store::RolloverStore;

#[cfg(test)]
mod tests;
