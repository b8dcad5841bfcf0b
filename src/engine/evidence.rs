//! All the evidence gone through for an answer, where it is larger than the context: in parts that fit, what bears on the
//! task is copied out of each; where all of that is still too large, it is gone through the same way, again and again.
//!
//! A part is as large as the context allows and what is copied out of it a few hundred tokens, so that each round leaves
//! about a tenth. Every part of every result is read once, whatever its place.

use std::collections::{BTreeMap, BTreeSet};

use super::Halt;
use super::call::Caller;
use super::parts::in_parts;
use super::prompts::{self, Prompt, fenced, fill};
use super::summarizer::{WORDS, WORTHWHILE, ask};
use crate::domain::chat::Role;
use crate::domain::context::{clip, estimate};
use crate::domain::event::NoticeLevel;
use crate::domain::ids::StepId;

const EXTRACT: &str = include_str!("../../assets/prompts/extract.md");

/// The most parts that the evidence for one answer is gone through in, and so, but for the later rounds with about a
/// tenth as many, the most calls. At a context of 8,192 tokens that is about two million tokens of results.
const MOST_PARTS: usize = 400;

/// The most rounds: the third one already leaves a single part of [`MOST_PARTS`].
const MOST_ROUNDS: u32 = 5;

/// Words that are copied out of a part.
const WORDS_OF_PART: u32 = WORDS * 3;

/// The evidence for an answer, as far as it has been gone through.
pub(super) struct Digest {
    task: String,
    /// Tokens of a part.
    portion: u32,
    /// What there is now, each with the step it stands with: the results, then what was copied out of them.
    texts: Vec<(StepId, String)>,
    /// For each step whose result was gone through the steps with which what was copied out of it stands.
    places: BTreeMap<StepId, BTreeSet<StepId>>,
    /// The step that is shown in any case.
    newest: Option<StepId>,
    rounds: u32,
    is_spent: bool,
}

impl Digest {
    /// The evidence that does not fit into this prompt: whatever is long, cut or left out. None where there is nothing to
    /// go through, or no room to do it in.
    ///
    /// # Errors
    /// [`Halt`].
    pub(super) async fn of(caller: &Caller, prompt: &Prompt) -> Result<Option<Self>, Halt> {
        let model = caller.model(Role::Summarizer).await?;
        let whole = caller.journal.whole().await;
        let mut texts: Vec<(StepId, String)> = prompts::evidence(&whole, caller.journal.scope())
            .into_iter()
            .filter(|past| !past.superseded)
            .map(|past| (past.id.clone(), past.result.to_string()))
            .collect();
        let newest = texts.last().map(|(step, _)| step.clone());
        let takes_all = newest.clone().filter(|_| !prompt.left_out.is_empty());
        texts.retain(|(step, text)| {
            let is_lost = prompt.lost.contains(step) || takes_all.as_ref() == Some(step);
            is_lost || estimate(text) > WORTHWHILE
        });
        let task = clip(&fenced(&whole.task), 400);
        let reserved = model.num_predict(Role::Summarizer, false) + estimate(&task) + 400;
        let portion = model.room(reserved) * 4 / 5;
        let places = texts
            .iter()
            .map(|(step, _)| (step.clone(), BTreeSet::from([step.clone()])));
        let places = places.collect();
        let digest = Self {
            task,
            portion,
            texts,
            places,
            newest,
            rounds: 0,
            is_spent: false,
        };
        Ok(Some(digest).filter(|digest| !digest.texts.is_empty() && portion >= WORTHWHILE))
    }

    /// Goes through what there is once more; whether anything came of it. What is found stands with the last step of its
    /// part, or with the newest of all where that one is left out of the prompt.
    ///
    /// # Errors
    /// [`Halt`], but for a model that fails: what it has not gone through is cut.
    pub(super) async fn further(
        &mut self,
        caller: &Caller,
        left_out: &[StepId],
    ) -> Result<bool, Halt> {
        let before = self.tokens();
        if self.is_spent || self.rounds == MOST_ROUNDS || before <= WORTHWHILE {
            return Ok(false);
        }
        let per_call = self.portion.saturating_add(WORDS_OF_PART * 2);
        let most = caller.affordable(per_call).await.min(MOST_PARTS);
        let Some(parts) = self.parts(caller, most).await? else {
            return Ok(false);
        };
        let count = parts.len();
        let text = if self.rounds == 0 {
            format!(
                "the evidence is larger than the context: {count} parts of it are gone through for the answer"
            )
        } else {
            format!(
                "what was copied out of the evidence is larger than the context, too: {count} parts of it are gone through"
            )
        };
        caller.journal.notice(NoticeLevel::Info, text).await?;
        let mut copied: Vec<(StepId, String)> = Vec::new();
        let mut moved: BTreeMap<StepId, BTreeSet<StepId>> = BTreeMap::new();
        let (mut unread, mut gave_up) = (0, false);
        for (index, part) in parts.iter().enumerate() {
            let Some((mut place, _)) = part.last().map(|(step, text)| (step, text)) else {
                continue;
            };
            if let (true, Some(newest)) = (left_out.contains(place), &self.newest) {
                place = newest;
            }
            let mut said = Copied::Unread;
            if !gave_up {
                said = self.copy(caller, part, (index + 1, count)).await?;
                gave_up = matches!(said, Copied::Refused);
            }
            let text = match said {
                Copied::Text(text) => text,
                Copied::Refused if index == 0 && self.rounds == 0 => return Ok(false),
                Copied::Unread | Copied::Refused => {
                    unread += 1;
                    let all: Vec<&str> = part.iter().map(|(_, piece)| piece.as_str()).collect();
                    clip(&all.join("\n"), WORDS)
                }
            };
            for (step, _) in part {
                moved.entry(step.clone()).or_default().insert(place.clone());
            }
            if !text.is_empty() {
                copied.push((place.clone(), text));
            }
        }
        if unread > 0 {
            let text = format!(
                "{unread} of {count} parts of the evidence could not be gone through: they are cut"
            );
            caller.journal.notice(NoticeLevel::Warning, text).await?;
        }
        for places in self.places.values_mut() {
            let here = std::mem::take(places);
            places.extend(
                here.iter()
                    .filter_map(|step| moved.get(step))
                    .flatten()
                    .cloned(),
            );
        }
        self.texts = copied;
        self.rounds += 1;
        self.is_spent = gave_up || self.tokens() > before / 10 * 9;
        Ok(true)
    }

    /// Whether anything of what it found is not shown as it is where these results are cut or left out.
    pub(super) fn suffers(&self, lost: &[StepId]) -> bool {
        self.texts.iter().any(|(place, _)| lost.contains(place))
    }

    /// The steps with which what it found stands.
    pub(super) fn places(&self) -> Vec<StepId> {
        let places: BTreeSet<&StepId> = self.texts.iter().map(|(place, _)| place).collect();
        places.into_iter().cloned().collect()
    }

    /// What stands for the result of each step that was gone through.
    pub(super) fn instead(&self) -> BTreeMap<StepId, String> {
        let own = |step: &StepId| {
            let texts = self.texts.iter().filter(|(place, _)| place == step);
            texts
                .map(|(_, text)| text.as_str())
                .collect::<Vec<_>>()
                .join("\n")
        };
        let texts = self.places.iter().map(|(step, places)| {
            let text = own(step);
            let elsewhere = places
                .iter()
                .filter(|place| *place != step && !own(place).is_empty());
            let elsewhere: Vec<&str> = elsewhere.map(StepId::as_str).collect();
            let text = match (text.is_empty(), elsewhere.is_empty()) {
                (false, _) => text,
                (true, true) => "(nothing in it bears on the task)".to_owned(),
                (true, false) => format!(
                    "(what bears on the task stands with {})",
                    elsewhere.join(", ")
                ),
            };
            (step.clone(), text)
        });
        texts.collect()
    }

    fn tokens(&self) -> u32 {
        let texts = self.texts.iter().map(|(_, text)| estimate(text));
        texts.fold(0, u32::saturating_add)
    }

    /// What there is, in at most `most` parts; in the first round cut to that, with a notice. None where that cannot be.
    async fn parts(
        &self,
        caller: &Caller,
        most: usize,
    ) -> Result<Option<Vec<Vec<(StepId, String)>>>, Halt> {
        let parts = in_parts(&self.texts, self.portion);
        if parts.len() <= most {
            return Ok(Some(parts).filter(|parts| !parts.is_empty()));
        }
        // A fifth is kept for the rounds that follow.
        let most = most - most / 5;
        if self.rounds > 0 || most == 0 {
            return Ok(None);
        }
        let text = format!(
            "the evidence would take {} calls to go through, more than {most}: the middle of long results is left out",
            parts.len()
        );
        caller.journal.notice(NoticeLevel::Warning, text).await?;
        // The beginning and the end of each, so that all of them are gone through.
        let count = u32::try_from(self.texts.len()).unwrap_or(u32::MAX).max(1);
        let mut each = u32::try_from(most)
            .unwrap_or(u32::MAX)
            .saturating_mul(self.portion)
            / count;
        // Parts are seldom full.
        while each > WORTHWHILE {
            let cut = self.texts.iter();
            let cut: Vec<(StepId, String)> = cut
                .map(|(step, result)| (step.clone(), clip(result, each)))
                .collect();
            let parts = in_parts(&cut, self.portion);
            if parts.len() <= most {
                return Ok(Some(parts));
            }
            each = each / 10 * 9;
        }
        Ok(None)
    }

    /// Has what bears on the task copied out of one part.
    async fn copy(
        &self,
        caller: &Caller,
        part: &[(StepId, String)],
        (number, count): (usize, usize),
    ) -> Result<Copied, Halt> {
        let evidence = part
            .iter()
            .map(|(step, piece)| format!("<result step=\"{step}\">\n{}\n</result>", fenced(piece)));
        let text = fill(
            EXTRACT,
            &[
                ("part", &number.to_string()),
                ("parts", &count.to_string()),
                ("task", &self.task),
                ("evidence", &evidence.collect::<Vec<_>>().join("\n")),
                ("words", &WORDS_OF_PART.to_string()),
            ],
        );
        let step = part.last().map(|(step, _)| step.clone());
        let Some(text) = ask(caller, step, text).await? else {
            return Ok(Copied::Refused);
        };
        let text = text.trim();
        let is_nothing = text.trim_end_matches('.').eq_ignore_ascii_case("nothing");
        Ok(match text {
            "" => Copied::Unread,
            _ if is_nothing => Copied::Text(String::new()),
            text => Copied::Text(text.to_owned()),
        })
    }
}

/// What came of one part.
enum Copied {
    /// This bears on the task; empty where nothing does.
    Text(String),
    /// The reply was empty.
    Unread,
    /// There will be no reply to further parts either.
    Refused,
}
