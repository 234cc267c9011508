/* tunes_golden.h - hashes of what the shipped weights write with seed 7: a tune, a continuation, a bridge (test_tunes.c). */
#define TUNES_GOLDEN UINT64_C(0xb933ba77d0b88b95), UINT64_C(0x9b8565b0d209a6c6), UINT64_C(0xcb81febc1e01782)
