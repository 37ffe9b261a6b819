/* fault.h - named places where a test can make the world fail.
 *
 * A fault point is armed to fail at its n-th hit, once or from then on. Compiled in always and
 * free of cost while none is armed (one load), so that the program tested is the program
 * shipped. WEFT_FAULT="store.commit:3" in the environment arms one for the crash tests; a point
 * whose name ends in ".kill" ends the process there with SIGKILL. Points in use are listed in
 * fault.c. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>

void fault_arm(const char *point, unsigned nth, bool from_then_on);
void fault_disarm(void);
unsigned fault_hits(void);             /* of the point armed last; fault_disarm() leaves them */
void fault_arm_from_environment(void); /* reads WEFT_FAULT: POINT:N, or POINT:N+ for from then on */
extern atomic_bool fault_armed;
bool fault_check(const char *point);
static inline bool fault_hit(const char *point)
{
    bool armed = atomic_load_explicit(&fault_armed, memory_order_relaxed);

    return __builtin_expect(armed, 0) && fault_check(point);
}

#endif
