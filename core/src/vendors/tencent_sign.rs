//! tencent_sign
