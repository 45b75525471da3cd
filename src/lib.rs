//! Docker credential helper for Huawei Cloud's Software Repository for Container (SWR).
