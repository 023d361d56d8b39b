//! Closed lists of named values.

/// A closed list of named values: the slug of each, all of them, and the value of a slug.
macro_rules! slugs {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $slug:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value.
            #[allow(dead_code, reason = "not every list is walked")]
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// Returns the stable name, in snake_case.
            pub const fn slug(self) -> &'static str {
                match self { $($name::$variant => $slug,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.slug())
            }
        }

        $crate::schema::named!($name, slug);
    };
}
pub(crate) use slugs;
