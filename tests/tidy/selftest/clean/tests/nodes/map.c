/* tests "transform.map" */
