/* tunes_golden.h - hashes of what the shipped weights write with seed 7: a tune, a continuation, a bridge (test_tunes.c). */
#define TUNES_GOLDEN UINT64_C(0x5aadb303bd5e6e20), UINT64_C(0x83d0df54cf9dcce6), UINT64_C(0xcb81febc1e01782)
