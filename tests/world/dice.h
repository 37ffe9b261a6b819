/* dice.h - chance from a seed: the same seed, the same throws. */
#ifndef WORLD_DICE_H
#define WORLD_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};
/* splitmix64 */
static inline uint64_t dice_next(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
static inline unsigned dice_below(struct dice *dice, unsigned count) /* 0 .. count - 1 */
{
    return count > 0 ? (unsigned)(dice_next(dice) % count) : 0;
}
static inline int64_t dice_between(struct dice *dice, int64_t from, int64_t to) /* both included */
{
    return from + (int64_t)(dice_next(dice) % (uint64_t)(to - from + 1));
}
static inline bool dice_chance(struct dice *dice, unsigned per_mille)
{
    return dice_next(dice) % 1000 < per_mille;
}

#endif
