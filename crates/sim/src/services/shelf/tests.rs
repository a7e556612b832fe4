//! What the services tell of what they were told.
