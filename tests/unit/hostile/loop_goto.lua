-- expect: budget of instructions
::again:: goto again
