"""Kill worker, Valkey and Postgres while journeys run, and count afterwards what was lost or came twice."""
