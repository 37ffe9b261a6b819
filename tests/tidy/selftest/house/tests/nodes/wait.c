/* "branch.wait" */
