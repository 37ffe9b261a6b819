#include "base/num_priv.h"
