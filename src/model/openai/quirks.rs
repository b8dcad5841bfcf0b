//! Servers say that they speak the same language, and refuse words of it. What one refuses is not said to it again.

/// What a server does not take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Quirks {
    /// It refuses `stream_options`: no token counts then.
    pub(super) no_stream_options: bool,
    /// It wants `max_completion_tokens` in place of `max_tokens`.
    pub(super) completion_tokens: bool,
    /// It refuses a `temperature`.
    pub(super) no_temperature: bool,
    /// It refuses a `seed`.
    pub(super) no_seed: bool,
}

impl Quirks {
    /// Reads the words of a refusal; says whether anything is new in them.
    pub(super) fn learn(&mut self, message: &str) -> bool {
        let before = *self;
        self.no_stream_options |= message.contains("stream_options");
        // A server may complain of too large a `max_tokens`; only one that names the other word knows it.
        self.completion_tokens |= message.contains("max_completion_tokens");
        self.no_temperature |= message.contains("temperature");
        self.no_seed |= message.contains("seed");
        *self != before
    }
}

#[cfg(test)]
mod tests {
    use super::Quirks;

    #[test]
    fn a_refused_word_is_learnt_once() {
        let mut quirks = Quirks::default();
        assert!(!quirks.learn("max_tokens is too large: 90000"));
        let advice = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
        assert!(quirks.learn(advice));
        assert!(quirks.completion_tokens);
        assert!(!quirks.learn(advice));
        assert!(quirks.learn("'temperature' does not support 0.1 with this model"));
        assert!(!quirks.learn("'response_format' of type 'json_schema' is not supported"));
    }
}
