"""Tells AWS's partitions as botocore knows them, a line each: the id, the suffix of names on IPv4, and on both families."""

import botocore.loaders

for partition in botocore.loaders.Loader().load_data("partitions")["partitions"]:
    outputs = partition["outputs"]
    print(partition["id"], outputs["dnsSuffix"], outputs["dualStackDnsSuffix"])
