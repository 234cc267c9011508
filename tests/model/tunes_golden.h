/* tunes_golden.h - hashes of what the shipped weights write with seed 7: a tune, a continuation, a bridge (test_tunes.c). */
#define TUNES_GOLDEN UINT64_C(0x6322daef5492e98a), UINT64_C(0x5bd15b14da8034e4), UINT64_C(0x9b2c136862124dea)
