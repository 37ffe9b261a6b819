/* api_bind.c - every list of operations and their handlers; a line for each file that has some. */
#include "designer-api/api_priv.h"

extern const struct ask_bind about_binds[];
extern const struct ask_bind people_binds[];
extern const struct ask_bind group_binds[];
extern const struct ask_bind run_binds[];
extern const struct ask_bind lineage_binds[];
extern const struct ask_bind review_binds[];
extern const struct ask_bind connection_binds[];
extern const struct ask_bind authorize_binds[];
extern const struct ask_bind vault_binds[];
extern const struct ask_bind backup_binds[];
extern const struct ask_bind environment_binds[];
extern const struct ask_bind deploy_binds[];
extern const struct ask_bind version_binds[];
extern const struct ask_bind draft_binds[];
extern const struct ask_bind flow_binds[];
extern const struct ask_bind catalog_binds[];
extern const struct ask_bind eval_binds[];
extern const struct ask_bind run_act_binds[];
extern const struct ask_bind run_bulk_binds[];
extern const struct ask_bind payload_binds[];
extern const struct ask_bind live_binds[];
extern const struct ask_bind trial_binds[];
extern const struct ask_bind backtest_binds[];
extern const struct ask_bind sample_binds[];
extern const struct ask_bind rules_binds[];
extern const struct ask_bind mapping_binds[];
extern const struct ask_bind suggest_binds[];
extern const struct ask_bind connector_binds[];
extern const struct ask_bind template_binds[];
extern const struct ask_bind template_merge_binds[];
extern const struct ask_bind checklist_binds[];
extern const struct ask_bind pairing_binds[];
extern const struct ask_bind promotion_binds[];
extern const struct ask_bind desk_binds[];
extern const struct ask_bind desk_group_binds[];
extern const struct ask_bind desk_act_binds[];
extern const struct ask_bind desk_bulk_binds[];
extern const struct ask_bind settlement_binds[];
extern const struct ask_bind search_binds[];
extern const struct ask_bind shared_binds[];
extern const struct ask_bind audit_binds[];
extern const struct ask_bind settings_binds[];
extern const struct ask_bind job_binds[];
extern const struct ask_bind job_kind_binds[];
extern const struct ask_bind backups_binds[];
extern const struct ask_bind diagnostics_binds[];
extern const struct ask_bind connection_act_binds[];
extern const struct ask_bind series_binds[];
extern const struct ask_bind money_binds[];
extern const struct ask_bind overview_binds[];
extern const struct ask_bind alert_binds[];
extern const struct ask_bind alert_rule_binds[];
extern const struct ask_bind view_binds[];

const struct ask_bind *const api__binds[] = {
    about_binds,      people_binds,     group_binds,       run_binds,      lineage_binds,
    review_binds,     connection_binds, authorize_binds,   vault_binds,    backup_binds,
    flow_binds,       draft_binds,      version_binds,     deploy_binds,   environment_binds,
    catalog_binds,    eval_binds,       run_act_binds,     run_bulk_binds, payload_binds,
    live_binds,       trial_binds,      backtest_binds,    sample_binds,   rules_binds,
    mapping_binds,    suggest_binds,    connector_binds,   template_binds, template_merge_binds,
    checklist_binds,  desk_binds,       desk_group_binds,  desk_act_binds, desk_bulk_binds,
    settlement_binds, search_binds,     shared_binds,      audit_binds,    job_binds,
    job_kind_binds,   backups_binds,    diagnostics_binds, settings_binds, connection_act_binds,
    series_binds,     money_binds,      overview_binds,    alert_binds,    alert_rule_binds,
    view_binds,       pairing_binds,    promotion_binds,   NULL,
};
