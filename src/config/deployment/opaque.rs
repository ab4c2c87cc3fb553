//! `Debug` for what is read from a deployment file, where any text may have come from the environment.

/// Implements `Debug` so that it shows these fields, none of which is text from a value of the file.
macro_rules! debug_shows {
    ($type:ident: $($field:ident),*) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    };
}

pub(super) use debug_shows;
