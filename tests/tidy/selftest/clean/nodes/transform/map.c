#include <stddef.h>

struct node_type;
const struct node_type node_transform_map = {
    .name = "transform.map",
};
