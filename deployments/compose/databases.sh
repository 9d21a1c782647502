#!/bin/bash
# Makes a database and a user for each service. The MySQL image runs it once,
# when its volume is empty. No service can see the other's data.
set -euo pipefail

for service in user task; do
  password=${service^^}_DB_PASSWORD
  MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --user=root <<SQL
CREATE DATABASE todokit_$service CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER todokit_$service@'%' IDENTIFIED BY '${!password}';
GRANT ALL ON todokit_$service.* TO todokit_$service@'%';
SQL
done
