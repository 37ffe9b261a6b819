/* machine.c - the machine that the program runs on: its wall clock is the world's, its steady one
 * begins anew when it is started anew, and then nobody knows how long it was off but by the wall,
 * which may have been set meanwhile. */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "sim/sim.h"

#define MACHINE_OFF_MS   INT64_C(7200000) /* at most */
#define MACHINE_BOOTS_MS 60000            /* until the program starts, at most */
#define MACHINE_WALL_MS  INT64_C(3600000) /* its wall clock is wrong by so much, at most */

static const struct sim *machine_world(const struct clock *clock)
{
    return ((const struct sim_machine *)clock)->sim;
}

static int64_t machine_wall(struct clock *clock)
{
    return machine_world(clock)->clock.wall;
}

static int64_t machine_steady(struct clock *clock)
{
    return machine_world(clock)->clock.steady - ((struct sim_machine *)clock)->began;
}

void machine_open(struct sim *sim)
{
    sim->machine = (struct sim_machine){ .clock = { .wall_ms = machine_wall,
                                                    .steady_ms = machine_steady,
                                                    .thread_ms = machine_steady,
                                                    .boot = 1 },
                                         .sim = sim };
}

int64_t machine_moment(const struct sim *sim, int64_t steady)
{
    return steady == INT64_MAX ? steady : steady + sim->machine.began;
}

void machine_clock_set(struct sim *sim, int64_t ms)
{
    sim->clock.wall += ms;
    sim->machine.back_ms += ms < 0 ? -ms : 0;
    peers_clock_set(sim->peers);
    sim_note(sim, "clock     set to %" PRId64, sim->clock.wall);
}

void machine_reboot(struct sim *sim)
{
    sim->machine.due = true;
    sim_restart(sim);
}

/* While it was off, which nobody notices but by what it leaves behind. */
static void machine_clock_set_off(struct sim *sim, int64_t ms)
{
    machine_clock_set(sim, ms);
    sim->machine.unseen_ms += ms < 0 ? -ms : 0;
    peers_patience(sim->peers, sim->machine.unseen_ms);
}

static bool machine_back(void *arg, const struct store_fact *fact)
{
    struct err e;
    json_t *row = json_read(fact->value, strlen(fact->value), &json_limits_reply, &e);

    *(int64_t *)arg = json_get_int(row, "back", 0);
    json_decref(row);
    return false;
}

/* It was set back while the program ran, and the machine stopped before that was durable: then the
 * wall that goes on says nothing of it, and the store neither. */
static void machine_forgets(struct sim *sim)
{
    const struct store_facts_filter filter = { .kind = FACT_CLOCK, .key = "wall" };
    struct sim_machine *machine = &sim->machine;
    int64_t kept = 0;
    struct err e;

    check(store_facts(fake_store_store(sim->store), &filter, machine_back, &kept, &e) == ERR_OK);
    if (kept + machine->unseen_ms >= machine->back_ms)
        return;
    machine->unseen_ms = machine->back_ms - kept;
    peers_patience(sim->peers, machine->unseen_ms);
    sim_note(sim, "boot      forgets how far the clock was set back");
}

/* The program is dead. What was known by steady time is by the wall alone. */
void machine_boots(struct sim *sim)
{
    struct sim_machine *machine = &sim->machine;

    if (!machine->due)
        return;
    machine->due = false;
    machine_forgets(sim);
    machine->clock.boot++;
    clock_manual_add(&sim->clock, dice_between(&sim->dice, 0, MACHINE_OFF_MS));
    if (sim->keep.backup == NULL && dice_chance(&sim->dice, 300)) {
        keep_check(sim);
        sim->keep.clock_back = true;
        machine_clock_set_off(sim, dice_between(&sim->dice, -MACHINE_WALL_MS, MACHINE_WALL_MS));
    }
    machine->began = sim->clock.steady;
    clock_manual_add(&sim->clock, dice_between(&sim->dice, 1000, MACHINE_BOOTS_MS));
    sim_note(sim, "boot      number %u", (unsigned)machine->clock.boot);
}
