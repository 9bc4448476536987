SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public."Member" (
    organization_id integer NOT NULL,
    collaboration_id integer NOT NULL
);
CREATE TABLE public."Permission" (
    role_id integer NOT NULL,
    user_id integer NOT NULL
);
CREATE TABLE public."UserPermission" (
    rule_id integer NOT NULL,
    user_id integer NOT NULL
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.algorithmport (
    id integer NOT NULL,
    port integer NOT NULL,
    label character varying,
    result_id integer NOT NULL
);
CREATE SEQUENCE public.algorithmport_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.algorithmport_id_seq OWNED BY public.algorithmport.id;
CREATE TABLE public.authenticatable (
    id integer NOT NULL,
    type character varying(50) NOT NULL,
    ip character varying,
    last_seen timestamp without time zone,
    token_epoch integer DEFAULT 0 NOT NULL
);
CREATE SEQUENCE public.authenticatable_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.authenticatable_id_seq OWNED BY public.authenticatable.id;
CREATE TABLE public.collaboration (
    id integer NOT NULL,
    name character varying NOT NULL,
    encrypted boolean NOT NULL
);
CREATE SEQUENCE public.collaboration_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.collaboration_id_seq OWNED BY public.collaboration.id;
CREATE TABLE public.node (
    id integer NOT NULL,
    name character varying NOT NULL,
    api_key character varying NOT NULL,
    organization_id integer NOT NULL,
    collaboration_id integer,
    last_heartbeat timestamp without time zone,
    socket_session character varying
);
CREATE TABLE public.nodeconfig (
    id integer NOT NULL,
    node_id integer NOT NULL,
    key character varying NOT NULL,
    value character varying NOT NULL
);
CREATE SEQUENCE public.nodeconfig_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.nodeconfig_id_seq OWNED BY public.nodeconfig.id;
CREATE TABLE public.organization (
    id integer NOT NULL,
    name character varying NOT NULL,
    domain character varying,
    address1 character varying,
    address2 character varying,
    zipcode character varying,
    country character varying,
    _public_key bytea
);
CREATE SEQUENCE public.organization_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.organization_id_seq OWNED BY public.organization.id;
CREATE TABLE public.result (
    id integer NOT NULL,
    task_id integer NOT NULL,
    organization_id integer NOT NULL,
    status character varying(64) NOT NULL,
    input text,
    result text,
    log text,
    assigned_at timestamp without time zone NOT NULL,
    started_at timestamp without time zone,
    finished_at timestamp without time zone,
    kill_requested_at timestamp without time zone
);
CREATE SEQUENCE public.result_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.result_id_seq OWNED BY public.result.id;
CREATE TABLE public.role (
    id integer NOT NULL,
    name character varying NOT NULL,
    description character varying,
    organization_id integer
);
CREATE SEQUENCE public.role_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.role_id_seq OWNED BY public.role.id;
CREATE TABLE public.role_rule_association (
    role_id integer NOT NULL,
    rule_id integer NOT NULL
);
CREATE TABLE public.rule (
    id integer NOT NULL,
    name character varying NOT NULL,
    operation character varying(16) NOT NULL,
    scope character varying(16) NOT NULL,
    description character varying
);
CREATE SEQUENCE public.rule_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.rule_id_seq OWNED BY public.rule.id;
CREATE TABLE public.task (
    id integer NOT NULL,
    name character varying NOT NULL,
    description character varying NOT NULL,
    image character varying NOT NULL,
    database character varying,
    run_id integer NOT NULL,
    collaboration_id integer NOT NULL,
    parent_id integer,
    initiator_id integer NOT NULL,
    init_user_id integer,
    created_at timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.task_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.task_id_seq OWNED BY public.task.id;
CREATE TABLE public."user" (
    id integer NOT NULL,
    username character varying NOT NULL,
    password character varying,
    firstname character varying,
    lastname character varying,
    email character varying,
    organization_id integer NOT NULL,
    failed_login_attempts integer NOT NULL,
    last_login_attempt timestamp without time zone,
    otp_secret character varying(32),
    otp_pending character varying(32),
    reset_mailed_at timestamp without time zone,
    otp_mailed_at timestamp without time zone,
    password_by_mail boolean DEFAULT false NOT NULL
);
ALTER TABLE ONLY public.algorithmport ALTER COLUMN id SET DEFAULT nextval('public.algorithmport_id_seq'::regclass);
ALTER TABLE ONLY public.authenticatable ALTER COLUMN id SET DEFAULT nextval('public.authenticatable_id_seq'::regclass);
ALTER TABLE ONLY public.collaboration ALTER COLUMN id SET DEFAULT nextval('public.collaboration_id_seq'::regclass);
ALTER TABLE ONLY public.nodeconfig ALTER COLUMN id SET DEFAULT nextval('public.nodeconfig_id_seq'::regclass);
ALTER TABLE ONLY public.organization ALTER COLUMN id SET DEFAULT nextval('public.organization_id_seq'::regclass);
ALTER TABLE ONLY public.result ALTER COLUMN id SET DEFAULT nextval('public.result_id_seq'::regclass);
ALTER TABLE ONLY public.role ALTER COLUMN id SET DEFAULT nextval('public.role_id_seq'::regclass);
ALTER TABLE ONLY public.rule ALTER COLUMN id SET DEFAULT nextval('public.rule_id_seq'::regclass);
ALTER TABLE ONLY public.task ALTER COLUMN id SET DEFAULT nextval('public.task_id_seq'::regclass);
INSERT INTO public."Member" VALUES (2, 1);
INSERT INTO public."Member" VALUES (3, 1);
INSERT INTO public."Permission" VALUES (1, 1);
INSERT INTO public."Permission" VALUES (2, 4);
INSERT INTO public."UserPermission" VALUES (1, 4);
INSERT INTO public.alembic_version VALUES ('0002');
INSERT INTO public.algorithmport VALUES (1, 8888, 'web', 1);
INSERT INTO public.authenticatable VALUES (1, 'user', NULL, '2026-01-31 12:00:00.123456', 0);
INSERT INTO public.authenticatable VALUES (2, 'node', '10.0.0.2', NULL, 0);
INSERT INTO public.authenticatable VALUES (3, 'node', NULL, NULL, 0);
INSERT INTO public.authenticatable VALUES (4, 'user', NULL, NULL, 0);
INSERT INTO public.collaboration VALUES (1, 'study', true);
INSERT INTO public.node VALUES (2, 'n2', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 2, 1, NULL, NULL);
INSERT INTO public.node VALUES (3, 'n3', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 3, NULL, NULL, NULL);
INSERT INTO public.nodeconfig VALUES (1, 2, 'encryption', '1');
INSERT INTO public.organization VALUES (1, 'root', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.organization VALUES (2, 'Klinik Süd', NULL, NULL, NULL, NULL, 'NL', '\x2d2d2d2d2d424547494e205055424c4943204b4559');
INSERT INTO public.organization VALUES (3, 'two', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.result VALUES (1, 1, 2, 'completed', 'e30=', 'e30=', 'line
line', '2026-01-31 12:00:00.123456', '2026-01-31 12:00:00.123456', '2026-01-31 12:00:00.123456', NULL);
INSERT INTO public.result VALUES (2, 2, 3, 'killed by user', NULL, NULL, NULL, '2026-01-31 12:00:00.123456', NULL, NULL, '2026-01-31 12:00:00.123456');
INSERT INTO public.role VALUES (1, 'Root', 'everything', NULL);
INSERT INTO public.role VALUES (2, 'own', NULL, 2);
INSERT INTO public.role_rule_association VALUES (1, 1);
INSERT INTO public.role_rule_association VALUES (2, 1);
INSERT INTO public.rule VALUES (1, 'task', 'VIEW', 'ORGANIZATION', NULL);
INSERT INTO public.task VALUES (1, 'mean', '100%', 'average:1', 'default', 1, 1, NULL, 2, 4, '2026-01-31 12:00:00.123456');
INSERT INTO public.task VALUES (2, '', '', 'average:1', NULL, 1, 1, 1, 3, NULL, '2026-01-31 12:00:00.123456');
INSERT INTO public."user" VALUES (1, 'root', '$2b$04$ejmD90vlN/tqwXfI99cKCOGtiE2W4raRyimqs0G82t3mMuJSM1.3u', NULL, NULL, 'root@domain.ext', 1, 2, '2026-01-31 12:00:00.123456', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', NULL, NULL, NULL, false);
INSERT INTO public."user" VALUES (4, 'doctor', NULL, NULL, NULL, NULL, 2, 0, NULL, NULL, NULL, NULL, NULL, false);
SELECT pg_catalog.setval('public.algorithmport_id_seq', 1, true);
SELECT pg_catalog.setval('public.authenticatable_id_seq', 9, true);
SELECT pg_catalog.setval('public.collaboration_id_seq', 1, true);
SELECT pg_catalog.setval('public.nodeconfig_id_seq', 1, true);
SELECT pg_catalog.setval('public.organization_id_seq', 9, true);
SELECT pg_catalog.setval('public.result_id_seq', 2, true);
SELECT pg_catalog.setval('public.role_id_seq', 2, true);
SELECT pg_catalog.setval('public.rule_id_seq', 1, true);
SELECT pg_catalog.setval('public.task_id_seq', 9, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public."Member"
    ADD CONSTRAINT "pk_Member" PRIMARY KEY (organization_id, collaboration_id);
ALTER TABLE ONLY public."Permission"
    ADD CONSTRAINT "pk_Permission" PRIMARY KEY (role_id, user_id);
ALTER TABLE ONLY public."UserPermission"
    ADD CONSTRAINT "pk_UserPermission" PRIMARY KEY (rule_id, user_id);
ALTER TABLE ONLY public.algorithmport
    ADD CONSTRAINT pk_algorithmport PRIMARY KEY (id);
ALTER TABLE ONLY public.authenticatable
    ADD CONSTRAINT pk_authenticatable PRIMARY KEY (id);
ALTER TABLE ONLY public.collaboration
    ADD CONSTRAINT pk_collaboration PRIMARY KEY (id);
ALTER TABLE ONLY public.node
    ADD CONSTRAINT pk_node PRIMARY KEY (id);
ALTER TABLE ONLY public.nodeconfig
    ADD CONSTRAINT pk_nodeconfig PRIMARY KEY (id);
ALTER TABLE ONLY public.organization
    ADD CONSTRAINT pk_organization PRIMARY KEY (id);
ALTER TABLE ONLY public.result
    ADD CONSTRAINT pk_result PRIMARY KEY (id);
ALTER TABLE ONLY public.role
    ADD CONSTRAINT pk_role PRIMARY KEY (id);
ALTER TABLE ONLY public.role_rule_association
    ADD CONSTRAINT pk_role_rule_association PRIMARY KEY (role_id, rule_id);
ALTER TABLE ONLY public.rule
    ADD CONSTRAINT pk_rule PRIMARY KEY (id);
ALTER TABLE ONLY public.task
    ADD CONSTRAINT pk_task PRIMARY KEY (id);
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT pk_user PRIMARY KEY (id);
ALTER TABLE ONLY public.collaboration
    ADD CONSTRAINT uq_collaboration_name UNIQUE (name);
ALTER TABLE ONLY public.node
    ADD CONSTRAINT uq_node_api_key UNIQUE (api_key);
ALTER TABLE ONLY public.node
    ADD CONSTRAINT uq_node_organization_id_collaboration_id UNIQUE (organization_id, collaboration_id);
ALTER TABLE ONLY public.organization
    ADD CONSTRAINT uq_organization_name UNIQUE (name);
ALTER TABLE ONLY public.rule
    ADD CONSTRAINT uq_rule_name_operation_scope UNIQUE (name, operation, scope);
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT uq_user_email UNIQUE (email);
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT uq_user_username UNIQUE (username);
CREATE INDEX "ix_Member_collaboration_id" ON public."Member" USING btree (collaboration_id);
CREATE INDEX "ix_Permission_user_id" ON public."Permission" USING btree (user_id);
CREATE INDEX "ix_UserPermission_user_id" ON public."UserPermission" USING btree (user_id);
CREATE INDEX ix_algorithmport_result_id ON public.algorithmport USING btree (result_id);
CREATE INDEX ix_authenticatable_last_seen ON public.authenticatable USING btree (last_seen);
CREATE INDEX ix_authenticatable_type ON public.authenticatable USING btree (type);
CREATE INDEX ix_node_collaboration_id ON public.node USING btree (collaboration_id);
CREATE INDEX ix_node_name ON public.node USING btree (name);
CREATE INDEX ix_node_organization_id ON public.node USING btree (organization_id);
CREATE INDEX ix_nodeconfig_node_id ON public.nodeconfig USING btree (node_id);
CREATE INDEX ix_organization_country ON public.organization USING btree (country);
CREATE INDEX ix_result_assigned_at ON public.result USING btree (assigned_at);
CREATE INDEX ix_result_finished_at ON public.result USING btree (finished_at);
CREATE INDEX ix_result_organization_id ON public.result USING btree (organization_id);
CREATE INDEX ix_result_started_at ON public.result USING btree (started_at);
CREATE INDEX ix_result_status ON public.result USING btree (status);
CREATE INDEX ix_result_task_id ON public.result USING btree (task_id);
CREATE INDEX ix_role_name ON public.role USING btree (name);
CREATE INDEX ix_role_organization_id ON public.role USING btree (organization_id);
CREATE INDEX ix_role_rule_association_rule_id ON public.role_rule_association USING btree (rule_id);
CREATE INDEX ix_rule_operation ON public.rule USING btree (operation);
CREATE INDEX ix_rule_scope ON public.rule USING btree (scope);
CREATE INDEX ix_task_collaboration_id ON public.task USING btree (collaboration_id);
CREATE INDEX ix_task_database ON public.task USING btree (database);
CREATE INDEX ix_task_image ON public.task USING btree (image);
CREATE INDEX ix_task_init_user_id ON public.task USING btree (init_user_id);
CREATE INDEX ix_task_initiator_id ON public.task USING btree (initiator_id);
CREATE INDEX ix_task_name ON public.task USING btree (name);
CREATE INDEX ix_task_parent_id ON public.task USING btree (parent_id);
CREATE INDEX ix_task_run_id ON public.task USING btree (run_id);
CREATE INDEX ix_user_firstname ON public."user" USING btree (firstname);
CREATE INDEX ix_user_lastname ON public."user" USING btree (lastname);
CREATE INDEX ix_user_organization_id ON public."user" USING btree (organization_id);
ALTER TABLE ONLY public."Member"
    ADD CONSTRAINT "fk_Member_collaboration_id_collaboration" FOREIGN KEY (collaboration_id) REFERENCES public.collaboration(id) ON DELETE CASCADE;
ALTER TABLE ONLY public."Member"
    ADD CONSTRAINT "fk_Member_organization_id_organization" FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public."Permission"
    ADD CONSTRAINT "fk_Permission_role_id_role" FOREIGN KEY (role_id) REFERENCES public.role(id) ON DELETE CASCADE;
ALTER TABLE ONLY public."Permission"
    ADD CONSTRAINT "fk_Permission_user_id_user" FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY public."UserPermission"
    ADD CONSTRAINT "fk_UserPermission_rule_id_rule" FOREIGN KEY (rule_id) REFERENCES public.rule(id) ON DELETE CASCADE;
ALTER TABLE ONLY public."UserPermission"
    ADD CONSTRAINT "fk_UserPermission_user_id_user" FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.algorithmport
    ADD CONSTRAINT fk_algorithmport_result_id_result FOREIGN KEY (result_id) REFERENCES public.result(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.node
    ADD CONSTRAINT fk_node_collaboration_id_collaboration FOREIGN KEY (collaboration_id) REFERENCES public.collaboration(id);
ALTER TABLE ONLY public.node
    ADD CONSTRAINT fk_node_id_authenticatable FOREIGN KEY (id) REFERENCES public.authenticatable(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.node
    ADD CONSTRAINT fk_node_organization_id_organization FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.nodeconfig
    ADD CONSTRAINT fk_nodeconfig_node_id_node FOREIGN KEY (node_id) REFERENCES public.node(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.result
    ADD CONSTRAINT fk_result_organization_id_organization FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.result
    ADD CONSTRAINT fk_result_task_id_task FOREIGN KEY (task_id) REFERENCES public.task(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.role
    ADD CONSTRAINT fk_role_organization_id_organization FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.role_rule_association
    ADD CONSTRAINT fk_role_rule_association_role_id_role FOREIGN KEY (role_id) REFERENCES public.role(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.role_rule_association
    ADD CONSTRAINT fk_role_rule_association_rule_id_rule FOREIGN KEY (rule_id) REFERENCES public.rule(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.task
    ADD CONSTRAINT fk_task_collaboration_id_collaboration FOREIGN KEY (collaboration_id) REFERENCES public.collaboration(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.task
    ADD CONSTRAINT fk_task_init_user_id_user FOREIGN KEY (init_user_id) REFERENCES public."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.task
    ADD CONSTRAINT fk_task_initiator_id_organization FOREIGN KEY (initiator_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.task
    ADD CONSTRAINT fk_task_parent_id_task FOREIGN KEY (parent_id) REFERENCES public.task(id) ON DELETE CASCADE;
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT fk_user_id_authenticatable FOREIGN KEY (id) REFERENCES public.authenticatable(id) ON DELETE CASCADE;
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT fk_user_organization_id_organization FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
