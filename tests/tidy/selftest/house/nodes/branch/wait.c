struct node_type;
const struct node_type node_branch_wait = {
    .name = "branch.wait",
};
