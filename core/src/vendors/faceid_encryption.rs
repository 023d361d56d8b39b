//! faceid_encryption
