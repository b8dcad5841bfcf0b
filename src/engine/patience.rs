//! How long a run waits: not beyond its cancellation, not beyond its deadline, and longer after each fault.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Halt, RetryPolicy};
use crate::model::ModelError;

/// The bounds on everything that one run waits for.
#[derive(Clone)]
pub struct Patience {
    cancel: CancellationToken,
    deadline: Arc<Mutex<Option<Instant>>>,
    answered: Arc<AtomicBool>,
    retry: RetryPolicy,
}

impl Patience {
    /// Waits until `cancel`, and no longer than `budget` from now where there is one.
    pub fn new(cancel: CancellationToken, budget: Option<Duration>, retry: RetryPolicy) -> Self {
        let patience = Self {
            cancel,
            deadline: Arc::new(Mutex::new(None)),
            answered: Arc::new(AtomicBool::new(false)),
            retry,
        };
        patience.allow(budget);
        patience
    }

    /// The same bounds, and those of a token of its own: cancelling that ends only what waits with this one.
    #[must_use]
    pub fn with_token(&self) -> (Self, CancellationToken) {
        let token = self.cancel.child_token();
        let own = Self {
            cancel: token.clone(),
            ..self.clone()
        };
        (own, token)
    }

    /// Whether everything was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Sets what is left of the budget, counted from now; none for no bound.
    pub fn allow(&self, budget: Option<Duration>) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) =
            budget.map(|left| Instant::now() + left);
    }

    /// Stops the clock and says what is left, for [`Patience::allow`]: a person's time is not the run's.
    pub fn stop_clock(&self) -> Option<Duration> {
        let mut deadline = self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        deadline
            .take()
            .map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Waits for something, but no longer than the run may last.
    ///
    /// # Errors
    /// [`Halt::Cancelled`] or [`Halt::OutOfTime`] where that comes first.
    pub async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, Halt> {
        let deadline = *self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        let expiry = async {
            match deadline {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Halt::Cancelled),
            () = expiry => Err(Halt::OutOfTime),
            done = work => Ok(done),
        }
    }

    /// Takes note that a server has answered in this process: from now on its absence is a passing fault.
    pub fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// The same bounds; who answers from now on is noted for this one alone.
    #[must_use]
    pub fn apart(&self) -> Self {
        let answered = self.answered.load(Ordering::Relaxed);
        Self {
            answered: Arc::new(AtomicBool::new(answered)),
            ..self.clone()
        }
    }

    /// The same bounds, as if no server had answered yet.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self {
            answered: Arc::default(),
            ..self.clone()
        }
    }

    /// Asks a server until it answers. One that refuses the very first contact is reported at once: nothing has begun
    /// yet that would be worth waiting for. Other passing faults are met as in calls.
    ///
    /// # Errors
    /// [`Halt::Model`], or as for [`Patience::within`].
    pub async fn first_contact<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Halt>
    where
        F: Future<Output = Result<T, ModelError>>,
    {
        let mut repetitions = 0;
        loop {
            match self.within(ask()).await? {
                Ok(answer) => return Ok(answer),
                Err(error)
                    if self.bears(&error, repetitions)
                        && (!error.is_unusable() || self.answered.load(Ordering::Relaxed)) =>
                {
                    self.back_off(&error, repetitions).await?;
                    repetitions += 1;
                }
                Err(error) => return Err(Halt::Model(error)),
            }
        }
    }

    /// Whether a fault may be met by trying again after so many repetitions.
    pub fn bears(&self, fault: &ModelError, repetitions: u32) -> bool {
        fault.is_transient() && repetitions < self.retry.attempts
    }

    /// Waits before the next repetition: twice as long each time, and as long as the server asked for.
    ///
    /// # Errors
    /// As for [`Patience::within`].
    pub async fn back_off(&self, fault: &ModelError, repetitions: u32) -> Result<(), Halt> {
        let doubled = self
            .retry
            .first_delay
            .saturating_mul(2_u32.saturating_pow(repetitions));
        let own = doubled.min(self.retry.max_delay);
        self.within(sleep(
            fault.retry_after().map_or(own, |asked| asked.max(own)),
        ))
        .await
    }
}
