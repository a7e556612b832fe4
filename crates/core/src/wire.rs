//! The names of states on the wire: the API, events, labels of metrics, the journal.
//!
//! What belongs here: how an enum gets them. They are spelled out, so that whoever renames a variant renames nothing that
//! others read. What must not: words in sentences.

/// Gives an enum without fields its names: `name`, all of them in `NAMES`, `Display` and `Serialize`.
macro_rules! wire_names {
    ($of:ident: $($variant:ident = $name:literal)+) => {
        impl $of {
            /// Every name, in order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Its name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::fmt::Display for $of {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl serde::Serialize for $of {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        }
    };
}

pub(crate) use wire_names;
