#include "query-control/control.h"

#include "query-control/tables_priv.h"

#include "base/banned.h"

const struct tf_table *const control_tables[CONTROL_TABLES] = {
	&control_artifacts, &control_jobs,   &control_workers, &control_spaces,  &control_decisions,
	&control_changes,   &control_events, &control_names,   &control_regions,
};
