BEGIN TRANSACTION;
CREATE TABLE "Member" (
	organization_id INTEGER NOT NULL, 
	collaboration_id INTEGER NOT NULL, 
	CONSTRAINT "pk_Member" PRIMARY KEY (organization_id, collaboration_id), 
	CONSTRAINT "fk_Member_organization_id_organization" FOREIGN KEY(organization_id) REFERENCES organization (id) ON DELETE CASCADE, 
	CONSTRAINT "fk_Member_collaboration_id_collaboration" FOREIGN KEY(collaboration_id) REFERENCES collaboration (id) ON DELETE CASCADE
);
INSERT INTO "Member" VALUES(2,1);
INSERT INTO "Member" VALUES(3,1);
CREATE TABLE "Permission" (
	role_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	CONSTRAINT "pk_Permission" PRIMARY KEY (role_id, user_id), 
	CONSTRAINT "fk_Permission_role_id_role" FOREIGN KEY(role_id) REFERENCES role (id) ON DELETE CASCADE, 
	CONSTRAINT "fk_Permission_user_id_user" FOREIGN KEY(user_id) REFERENCES user (id) ON DELETE CASCADE
);
INSERT INTO "Permission" VALUES(1,1);
INSERT INTO "Permission" VALUES(2,4);
CREATE TABLE "UserPermission" (
	rule_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	CONSTRAINT "pk_UserPermission" PRIMARY KEY (rule_id, user_id), 
	CONSTRAINT "fk_UserPermission_rule_id_rule" FOREIGN KEY(rule_id) REFERENCES rule (id) ON DELETE CASCADE, 
	CONSTRAINT "fk_UserPermission_user_id_user" FOREIGN KEY(user_id) REFERENCES user (id) ON DELETE CASCADE
);
INSERT INTO "UserPermission" VALUES(1,4);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE algorithmport (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	port INTEGER NOT NULL, 
	label VARCHAR, 
	result_id INTEGER NOT NULL, 
	CONSTRAINT fk_algorithmport_result_id_result FOREIGN KEY(result_id) REFERENCES result (id) ON DELETE CASCADE
);
INSERT INTO "algorithmport" VALUES(1,8888,'web',1);
CREATE TABLE authenticatable (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	type VARCHAR(50) NOT NULL, 
	ip VARCHAR, 
	last_seen DATETIME
, token_epoch INTEGER DEFAULT '0' NOT NULL);
INSERT INTO "authenticatable" VALUES(1,'user',NULL,'2026-01-31 12:00:00.123456',0);
INSERT INTO "authenticatable" VALUES(2,'node','10.0.0.2',NULL,0);
INSERT INTO "authenticatable" VALUES(3,'node',NULL,NULL,0);
INSERT INTO "authenticatable" VALUES(4,'user',NULL,NULL,0);
CREATE TABLE collaboration (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	encrypted BOOLEAN NOT NULL, 
	CONSTRAINT uq_collaboration_name UNIQUE (name)
);
INSERT INTO "collaboration" VALUES(1,'study',1);
CREATE TABLE node (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	api_key VARCHAR NOT NULL, 
	organization_id INTEGER NOT NULL, 
	collaboration_id INTEGER, 
	last_heartbeat DATETIME, 
	socket_session VARCHAR, 
	CONSTRAINT pk_node PRIMARY KEY (id), 
	CONSTRAINT uq_node_organization_id_collaboration_id UNIQUE (organization_id, collaboration_id), 
	CONSTRAINT fk_node_id_authenticatable FOREIGN KEY(id) REFERENCES authenticatable (id) ON DELETE CASCADE, 
	CONSTRAINT uq_node_api_key UNIQUE (api_key), 
	CONSTRAINT fk_node_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id) ON DELETE CASCADE, 
	CONSTRAINT fk_node_collaboration_id_collaboration FOREIGN KEY(collaboration_id) REFERENCES collaboration (id)
);
INSERT INTO "node" VALUES(2,'n2','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',2,1,NULL,NULL);
INSERT INTO "node" VALUES(3,'n3','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',3,NULL,NULL,NULL);
CREATE TABLE nodeconfig (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	node_id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	CONSTRAINT fk_nodeconfig_node_id_node FOREIGN KEY(node_id) REFERENCES node (id) ON DELETE CASCADE
);
INSERT INTO "nodeconfig" VALUES(1,2,'encryption','1');
CREATE TABLE organization (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	domain VARCHAR, 
	address1 VARCHAR, 
	address2 VARCHAR, 
	zipcode VARCHAR, 
	country VARCHAR, 
	_public_key BLOB, 
	CONSTRAINT uq_organization_name UNIQUE (name)
);
INSERT INTO "organization" VALUES(1,'root',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "organization" VALUES(2,'Klinik Süd',NULL,NULL,NULL,NULL,'NL',X'2D2D2D2D2D424547494E205055424C4943204B4559');
INSERT INTO "organization" VALUES(3,'two',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE result (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	task_id INTEGER NOT NULL, 
	organization_id INTEGER NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	input TEXT, 
	result TEXT, 
	log TEXT, 
	assigned_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	kill_requested_at DATETIME, 
	CONSTRAINT fk_result_task_id_task FOREIGN KEY(task_id) REFERENCES task (id) ON DELETE CASCADE, 
	CONSTRAINT fk_result_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
INSERT INTO "result" VALUES(1,1,2,'completed','e30=','e30=','line
line','2026-01-31 12:00:00.123456','2026-01-31 12:00:00.123456','2026-01-31 12:00:00.123456',NULL);
INSERT INTO "result" VALUES(2,2,3,'killed by user',NULL,NULL,NULL,'2026-01-31 12:00:00.123456',NULL,NULL,'2026-01-31 12:00:00.123456');
CREATE TABLE role (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	description VARCHAR, 
	organization_id INTEGER, 
	CONSTRAINT fk_role_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id) ON DELETE CASCADE
);
INSERT INTO "role" VALUES(1,'Root','everything',NULL);
INSERT INTO "role" VALUES(2,'own',NULL,2);
CREATE TABLE role_rule_association (
	role_id INTEGER NOT NULL, 
	rule_id INTEGER NOT NULL, 
	CONSTRAINT pk_role_rule_association PRIMARY KEY (role_id, rule_id), 
	CONSTRAINT fk_role_rule_association_role_id_role FOREIGN KEY(role_id) REFERENCES role (id) ON DELETE CASCADE, 
	CONSTRAINT fk_role_rule_association_rule_id_rule FOREIGN KEY(rule_id) REFERENCES rule (id) ON DELETE CASCADE
);
INSERT INTO "role_rule_association" VALUES(1,1);
INSERT INTO "role_rule_association" VALUES(2,1);
CREATE TABLE rule (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	operation VARCHAR(16) NOT NULL, 
	scope VARCHAR(16) NOT NULL, 
	description VARCHAR, 
	CONSTRAINT uq_rule_name_operation_scope UNIQUE (name, operation, scope)
);
INSERT INTO "rule" VALUES(1,'task','VIEW','ORGANIZATION',NULL);
CREATE TABLE task (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	description VARCHAR NOT NULL, 
	image VARCHAR NOT NULL, 
	"database" VARCHAR, 
	run_id INTEGER NOT NULL, 
	collaboration_id INTEGER NOT NULL, 
	parent_id INTEGER, 
	initiator_id INTEGER NOT NULL, 
	init_user_id INTEGER, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT fk_task_collaboration_id_collaboration FOREIGN KEY(collaboration_id) REFERENCES collaboration (id) ON DELETE CASCADE, 
	CONSTRAINT fk_task_parent_id_task FOREIGN KEY(parent_id) REFERENCES task (id) ON DELETE CASCADE, 
	CONSTRAINT fk_task_initiator_id_organization FOREIGN KEY(initiator_id) REFERENCES organization (id), 
	CONSTRAINT fk_task_init_user_id_user FOREIGN KEY(init_user_id) REFERENCES user (id) ON DELETE SET NULL
);
INSERT INTO "task" VALUES(1,'mean','100%','average:1','default',1,1,NULL,2,4,'2026-01-31 12:00:00.123456');
INSERT INTO "task" VALUES(2,'','','average:1',NULL,1,1,1,3,NULL,'2026-01-31 12:00:00.123456');
CREATE TABLE user (
	id INTEGER NOT NULL, 
	username VARCHAR NOT NULL, 
	password VARCHAR, 
	firstname VARCHAR, 
	lastname VARCHAR, 
	email VARCHAR, 
	organization_id INTEGER NOT NULL, 
	failed_login_attempts INTEGER NOT NULL, 
	last_login_attempt DATETIME, 
	otp_secret VARCHAR(32), otp_pending VARCHAR(32), reset_mailed_at DATETIME, otp_mailed_at DATETIME, password_by_mail BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_user PRIMARY KEY (id), 
	CONSTRAINT fk_user_id_authenticatable FOREIGN KEY(id) REFERENCES authenticatable (id) ON DELETE CASCADE, 
	CONSTRAINT uq_user_username UNIQUE (username), 
	CONSTRAINT uq_user_email UNIQUE (email), 
	CONSTRAINT fk_user_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id) ON DELETE CASCADE
);
INSERT INTO "user" VALUES(1,'root','$2b$04$ejmD90vlN/tqwXfI99cKCOGtiE2W4raRyimqs0G82t3mMuJSM1.3u',NULL,NULL,'root@domain.ext',1,2,'2026-01-31 12:00:00.123456','AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',NULL,NULL,NULL,0);
INSERT INTO "user" VALUES(4,'doctor',NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL,NULL,NULL,0);
CREATE INDEX ix_authenticatable_type ON authenticatable (type);
CREATE INDEX ix_authenticatable_last_seen ON authenticatable (last_seen);
CREATE INDEX ix_organization_country ON organization (country);
CREATE INDEX "ix_Member_collaboration_id" ON "Member" (collaboration_id);
CREATE INDEX ix_rule_scope ON rule (scope);
CREATE INDEX ix_rule_operation ON rule (operation);
CREATE INDEX ix_role_name ON role (name);
CREATE INDEX ix_role_organization_id ON role (organization_id);
CREATE INDEX ix_user_lastname ON user (lastname);
CREATE INDEX ix_user_organization_id ON user (organization_id);
CREATE INDEX ix_user_firstname ON user (firstname);
CREATE INDEX ix_role_rule_association_rule_id ON role_rule_association (rule_id);
CREATE INDEX "ix_Permission_user_id" ON "Permission" (user_id);
CREATE INDEX "ix_UserPermission_user_id" ON "UserPermission" (user_id);
CREATE INDEX ix_node_organization_id ON node (organization_id);
CREATE INDEX ix_node_name ON node (name);
CREATE INDEX ix_node_collaboration_id ON node (collaboration_id);
CREATE INDEX ix_nodeconfig_node_id ON nodeconfig (node_id);
CREATE INDEX ix_task_image ON task (image);
CREATE INDEX ix_task_database ON task ("database");
CREATE INDEX ix_task_name ON task (name);
CREATE INDEX ix_task_initiator_id ON task (initiator_id);
CREATE INDEX ix_task_parent_id ON task (parent_id);
CREATE INDEX ix_task_init_user_id ON task (init_user_id);
CREATE INDEX ix_task_run_id ON task (run_id);
CREATE INDEX ix_task_collaboration_id ON task (collaboration_id);
CREATE INDEX ix_result_finished_at ON result (finished_at);
CREATE INDEX ix_result_task_id ON result (task_id);
CREATE INDEX ix_result_status ON result (status);
CREATE INDEX ix_result_organization_id ON result (organization_id);
CREATE INDEX ix_result_started_at ON result (started_at);
CREATE INDEX ix_result_assigned_at ON result (assigned_at);
CREATE INDEX ix_algorithmport_result_id ON algorithmport (result_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('organization',9);
INSERT INTO "sqlite_sequence" VALUES('collaboration',1);
INSERT INTO "sqlite_sequence" VALUES('rule',1);
INSERT INTO "sqlite_sequence" VALUES('role',2);
INSERT INTO "sqlite_sequence" VALUES('authenticatable',9);
INSERT INTO "sqlite_sequence" VALUES('nodeconfig',1);
INSERT INTO "sqlite_sequence" VALUES('task',9);
INSERT INTO "sqlite_sequence" VALUES('result',2);
INSERT INTO "sqlite_sequence" VALUES('algorithmport',1);
COMMIT;
