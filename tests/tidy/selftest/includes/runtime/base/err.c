#include <stdio.h>
#include "base/err.h"
#include "io/loop.h"
#include <openssl/evp.h>
#include <gmp.h>
