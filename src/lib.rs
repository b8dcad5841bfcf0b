//! planwright runs the plan-and-execute agent pattern on models that you run yourself, in the terminal and as a library.
//!
//! # The idea
//!
//! A run *is* its log of [`EventRecord`]s. The engine looks at the state, [`route`] names the node that is next, the node
//! does its work and records what happened. Recording means, in one place and in this order: append to the store, fold into
//! the state, publish ([`Journal`]). [`PlanExecuteState::apply`] is the only code that changes the state of a run. It is
//! pure and total, and engine, store, terminal interface, headless mode and tests all use it. So to resume is to fold the
//! log and carry on, `run --json` prints the records, and a bug report is the records attached.
//!
//! Streaming text is no event but a [`Delta`]: it is never stored, and losing every one changes nothing but the live view.
//!
//! # The floors
//!
//! Imports point strictly down, and siblings do not import each other; `tests/architecture.rs` keeps it so.
//!
//! | floor | modules | what stands there |
//! |---|---|---|
//! | 5 | `main.rs` | settings in, work handed out, exit code back |
//! | 4 | [`tui`], [`headless`], [`cli`] | what a person sees and types; no adapter is named here |
//! | 3 | [`session`] | the front door: builds models and store from a [`Config`], starts and resumes runs |
//! | 2 | [`engine`] | journal, loop, the nodes: planner, review, executor, replanner, finalizer; prompts; retries |
//! | 1 | [`model`], [`tool`], [`store`], [`config`] | the ports [`ChatModel`], [`Tool`] and [`Checkpointer`] with their adapters; the settings |
//! | 0 | [`domain`] | what a run is: plan, records, state, route, validation, sanitizer. No clock, no file, no runtime |
//!
//! A `mod.rs` holds the port or the vocabulary, every other file in a folder one adapter, node or pane.
//!
//! # What happens in a run
//!
//! ```text
//! run_started
//! planner    → model_called, plan_proposed        validation mends what it can and names the rest
//! approval   → plan_approved | plan_rejected      a person, or the policy; before it no step can start
//! executor   → step_started, model_called, step_finished        for each step, several at once; a failure is a result
//!   tools    → tool_called, tool_decided, tool_returned         rules or a person decide; without tools, one model call
//! replanner  → model_called, act_decided          respond, or replan: another plan_proposed
//! finalizer  → model_called, run_finished         the answer, as plain text, from all the evidence
//! ```
//!
//! Each of these nodes can be replaced by one's own ([`engine::nodes`], [`session::PlanExecuteGraph`]). Before the approval
//! stands `plan_estimated`: what the plan is expected to cost, from how fast the models were in past runs.
//!
//! The replanner may be asked earlier (`replan_on`): it then keeps the rest of the plan, words it anew, or plans anew. A step
//! may be a plan of its own: its records carry its path in `scope`, and the same loop works one scope deeper.
//!
//! Beside them stand `step_checked`, `step_reset`, `hint_given`, `replan_requested`, `notice`, `run_paused`, `run_resumed` and `run_interrupted`. When `max_iterations` or `max_steps` is
//! reached with work left, the decision is `finalize_forced` and the answer says what is missing. A plan of n steps that
//! goes well takes n + 3 model calls.
//!
//! # From key press to screen
//!
//! ```text
//! key → event loop → keymap(context, chord) → Action → update(&mut App, …) → Vec<Effect>    pure, tested without a terminal
//! Effect::Send(RunCommand), Start, Resume, Cancel …                                         bounded channel, or token
//!   engine: loop { route(state) → the node works; deltas go straight out;
//!                  journal.record(event): 1 append, durable  2 apply  3 publish }           one lock, log order
//! Msg::Engine(Event) → the same apply;  Delta → live text;  the pacer is asked for a frame
//!   frames: at most 60 a second after input, 20 for streams, none when nothing moves;  view: &App → cells
//! ```
//!
//! A full update channel slows the engine, which stops reading from the model server: that is all the back-pressure there
//! is. A frontend that is gone does not stop a run. A store that fails does: the log is whole up to its last record.
//!
//! # Errors, three kinds
//!
//! A *step's* failure is an outcome in the log, which the replanner reads. A *run's* failure (server gone after all
//! retries, store broken) is a record with a hint, and the run can be resumed. The *program's* failure (settings, no
//! terminal) comes before the screen is taken: `error:` and `hint:` on standard error.
//!
//! # Decisions
//!
//! | decision | reason | alternative |
//! |---|---|---|
//! | state is folded from records, no snapshots | no snapshot can disagree with the log | a row for each thing, updated in place |
//! | append, then fold, then publish, under one lock | what is on a screen is on disk, and in log order | publish first, store later: lost at a crash |
//! | SQLite with `synchronous=full` | a record survives a power cut; it costs about a millisecond | `normal`: faster, the last records may be gone |
//! | a lock file for each run | the kernel frees it however its holder ends | a row with a process id, stale after a crash |
//! | how fast models are is summed up for each run beside the log | it can be made again from the log; what is erased counts no more | averages kept by themselves |
//! | a node records what it did; the graph looks at the log again | one's own node is resumed and shown like any other | nodes that return values for the graph to fold in |
//! | the whole search text in a full-text index beside the log | it can be made again from the log at any time | scanning all logs |
//! | deciding and answering are separate calls | the decision is small and structured, the answer streams as text | the answer inside JSON: cut and escaped by small models |
//! | prompts only grow at their end | a server has all but the end in its cache | a fresh prompt for each role |
//! | one `num_ctx` for a run | another value makes the server load the model anew | as much as each call needs |
//! | nothing is sent that would not fit; results are shortened, with a notice | servers cut silently, at the front | leave it to the server |
//! | a ladder for structured replies: schema, mended, asked again, text, default | small models miss every single rung at times | fail the run at the first bad JSON |
//! | a reader of NDJSON of our own | `ollama-rs` drops characters cut by the network and hides errors in mid-stream | its stream |
//! | what was cut off is an error, never an answer | half a plan looks like a plan | take what came |
//! | a role that lost its model goes on with a fallback, the switch a record | a run of hours outlives a server; on resume its own model is asked first | fail, and let a person start anew |
//! | a key is known by its place only, and held by a type that does not print | nothing that is shown or stored can hold it | a setting like any other |
//! | the same reply to the same request for the third time ends the work in an answer | it would bring the same for ever | ask on until a bound is spent |
//! | retries with growing pauses for passing faults only | a missing model does not appear by asking again | retry everything |
//! | steps at work are tasks, each with a token | all are stopped by it and awaited before anything else is recorded | futures of one task: one that computes holds up the others |
//! | a step begins when what it builds on is there | nobody waits for a whole wave | waves |
//! | a plan inside a step runs alone, in the same log | one log, one order, one person to ask | runs of their own: two truths |
//! | the first look at a plan at work may say *continue*, which costs no round | rounds bound plans, not looks | each look a round |
//! | a failed step ends neither the run nor the program | the replanner may know another way | stop at the first failure |
//! | the plan has names for steps (`s1`), positions are for people | a name survives edits and new plans | numbers that shift |
//! | an approval names the hash of the plan that was looked at | a plan that changed meanwhile is not approved | approve whatever is there |
//! | one sanitizer for all untrusted text, and a last look at each cell | titles, errors and file names reach the terminal too | escape in each place |
//! | one table of keys | lookup, footer, help and palette cannot disagree | a `match` and a help text |
//! | the sixteen colours of the terminal, sign and word before colour | readable in every theme and without colour | a palette of our own |
//! | text is wrapped once and drawn by the window | a frame costs the same at any length | `Paragraph` with `Wrap`: wraps everything for every frame |
//! | a fork is a copy of the first records, under a new name | resume knows the rest already; rewinding destroys nothing | a pointer into the other run, gone with it |
//! | values are put into a recipe once, as they are | a value is data: it can neither name another nor compute | a template language |
//! | one gate before each tool call, and what was decided on goes with the call | what is shown is what is done | each tool asks for itself |
//! | an answer to a question comes as a command, never as text | no model and no tool can say yes | keywords in what is said |
//! | tools are offered natively or told of in words, never both | a model that is shown two ways uses neither well | both, to be sure |
//! | paths are opened through a handle of the workspace | a swap between look and use leads nowhere | checking the path first |
//! | a thread restricts itself, then starts the program | programs inherit it, and nothing unsafe is needed | a hook between fork and exec |
//! | secrets are masked in the journal, streams included | one place that everything passes | each view masks for itself |
//! | an MCP server's hints only ever make a call stricter, unless the settings trust it | it is a stranger's word | believe annotations |
//! | towards an MCP server we declare no capability: no sampling, no elicitation, no roots | a stranger neither speaks to the model nor asks the person | answer what it asks |
//! | lines and HTTP under the MCP library are our own | bounds on size, floods, standard error and processes; one HTTP client | its transports, a second HTTP client |
//! | the demo is a model like any other | same engine, records and store as every other run | a recorded film |
//!
//! [`ChatModel`]: model::ChatModel
//! [`Checkpointer`]: store::Checkpointer
//! [`Config`]: config::Config
//! [`Delta`]: domain::event::Delta
//! [`EventRecord`]: domain::event::EventRecord
//! [`Journal`]: engine::journal::Journal
//! [`PlanExecuteState::apply`]: domain::state::PlanExecuteState::apply
//! [`route`]: domain::route::route
//! [`Tool`]: tool::Tool

pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod headless;
pub mod model;
pub mod session;
pub mod store;
pub mod tool;
pub mod tui;
