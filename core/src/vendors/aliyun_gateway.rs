//! aliyun_gateway
