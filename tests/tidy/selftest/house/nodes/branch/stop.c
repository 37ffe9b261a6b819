struct node_type;
extern const struct node_type node_elsewhere;
const struct node_type node_branch_stop = {
    .name = "branch.stop",
};
